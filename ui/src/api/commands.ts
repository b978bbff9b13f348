// One function per command of the desktop, so that no view spells a command's name.
import type { Platform } from '../platform/platform';
import type {
  AddKeyInput,
  CopyWhat,
  CreateLeaseInput,
  Format,
  SecretDraft,
  Settings,
} from './types';

/** How a lease is prolonged: by a span, by the default, or to its maximum. */
export type Renewal = { ttl: string | null; toMax: boolean };

export function commandsOn(platform: Platform) {
  return {
    status: () => platform.call('app_status', {}),
    quit: () => platform.call('app_quit', {}),
    hide: () => platform.call('app_hide', {}),
    windowReady: () => platform.call('window_ready', {}),
    copyText: (text: string) => platform.call('text_copy', { text }),

    environments: () => platform.call('environment_list', {}),
    addEnvironment: (name: string) => platform.call('environment_add', { name }),
    renameEnvironment: (old: string, name: string) =>
      platform.call('environment_rename', { old, new: name }),
    removeEnvironment: (name: string) => platform.call('environment_remove', { name }),
    reorderEnvironments: (names: string[]) => platform.call('environment_reorder', { names }),

    connections: () => platform.call('connection_list', {}),
    addKey: (input: AddKeyInput) => platform.call('connection_add_key', { input }),
    addPractice: (name: string) => platform.call('connection_add_practice', { name }),
    checkConnection: (name: string) => platform.call('connection_check', { name }),
    managingPolicy: (name: string) => platform.call('connection_policy', { name }),
    removeConnection: (name: string) => platform.call('connection_remove', { name }),

    secrets: () => platform.call('secret_list', {}),
    /** `id` is the secret being edited, if one is. */
    checkDraft: (draft: SecretDraft, id: string | null) =>
      platform.call('secret_check', { draft, id }),
    addSecret: (draft: SecretDraft) => platform.call('secret_add', { draft }),
    editSecret: (id: string, draft: SecretDraft) => platform.call('secret_edit', { id, draft }),
    removeSecret: (id: string, revokeLeases: boolean) =>
      platform.call('secret_remove', { id, revokeLeases }),

    createLease: (input: CreateLeaseInput) => platform.call('lease_create', { input }),
    leases: (all: boolean) => platform.call('lease_list', { all }),
    leasesOf: (secretId: string) => platform.call('lease_list_of', { secretId }),
    lease: (id: string) => platform.call('lease_show', { id }),
    previewRenewal: (id: string, by: Renewal) =>
      platform.call('lease_renewal_preview', { id, ...by }),
    renew: (id: string, by: Renewal) => platform.call('lease_renew', { id, ...by }),
    revoke: (ids: string[]) => platform.call('lease_revoke', { ids }),
    retry: (id: string) => platform.call('lease_retry', { id }),

    reveal: (leaseId: string) => platform.call('credentials_reveal', { leaseId }),
    preview: (leaseId: string, format: Format) =>
      platform.call('credentials_preview', { leaseId, format }),
    copyCredentials: (leaseId: string, format: CopyWhat) =>
      platform.call('credentials_copy', { leaseId, format }),
    keepCredentials: (leaseId: string, keep: boolean) =>
      platform.call('credentials_keep', { leaseId, keep }),
    closeCredentials: (leaseId: string) => platform.call('credentials_close', { leaseId }),

    skipPractice: (connection: string, ttl: string) =>
      platform.call('practice_skip', { connection, ttl }),
    resetPractice: (connection: string) => platform.call('practice_reset', { connection }),
    settings: () => platform.call('settings_get', {}),
    saveSettings: (settings: Settings) => platform.call('settings_set', { settings }),
  };
}

export type Commands = ReturnType<typeof commandsOn>;
