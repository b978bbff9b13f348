// One function per command of the main window, so that no view spells a command's name. Those of a key are in credentials.ts.
import type { Platform } from '../platform/platform';
import type {
  ActivityQuery,
  AddKeyInput,
  CreateLeaseInput,
  ExportFormat,
  LeasePageQuery,
  PauseSpan,
  SecretDraft,
  Settings,
  StartWith,
} from './types';

/** How a lease is prolonged: by a span, by the default, or to its maximum. */
export type Renewal = { ttl: string | null; toMax: boolean };

export function commandsOn(platform: Platform) {
  return {
    status: () => platform.call('app_status', {}),
    quit: () => platform.call('app_quit', {}),
    hide: () => platform.call('app_hide', {}),
    windowReady: () => platform.call('window_ready', {}),
    unloadWindow: () => platform.call('window_unload', {}),
    rememberPlace: (place: { route: string; environment: string }) =>
      platform.call('place_remember', place),
    copyText: (text: string) => platform.call('text_copy', { text }),

    desktop: () => platform.call('desktop_get', {}),
    startWith: (what: StartWith) => platform.call('autostart_set', { with: what }),
    testNotification: () => platform.call('notification_test', {}),
    pauseNotifications: (span: PauseSpan) => platform.call('notifications_pause', { span }),

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
    pinSecret: (id: string, pinned: boolean) => platform.call('secret_pin', { id, pinned }),
    removeSecret: (id: string, revokeLeases: boolean) =>
      platform.call('secret_remove', { id, revokeLeases }),
    /** `reference` is the secret's id; the canary makes a lease and takes it down again. */
    preflight: (reference: string, canary: boolean) =>
      platform.call('secret_preflight', { reference, canary }),

    createLease: (input: CreateLeaseInput) => platform.call('lease_create', { input }),
    /** Those that are not at rest. */
    openLeases: () => platform.call('lease_list', {}),
    /** Some of all there ever were. */
    leasePage: (query: LeasePageQuery) => platform.call('lease_page', { query }),
    lease: (id: string) => platform.call('lease_show', { id }),
    previewRenewal: (id: string, by: Renewal) =>
      platform.call('lease_renewal_preview', { id, ...by }),
    renew: (id: string, by: Renewal) => platform.call('lease_renew', { id, ...by }),
    revoke: (ids: string[]) => platform.call('lease_revoke', { ids }),
    /** Told step by step under the id, until all are done or the rest is called off. */
    revokeMany: (ids: string[], requestId: string) =>
      platform.call('lease_revoke_many', { ids, requestId }),
    stopRevoke: (requestId: string) => platform.call('lease_revoke_stop', { requestId }),
    retry: (id: string) => platform.call('lease_retry', { id }),
    forget: (id: string) => platform.call('lease_forget', { id }),
    acknowledge: (id: string) => platform.call('lease_acknowledge', { id }),
    /** Of one connection, or of all. */
    reconcile: (connection: string | null) => platform.call('lease_reconcile', { connection }),
    orphans: (connection: string | null) => platform.call('orphan_list', { connection }),
    adoptOrphan: (connection: string, user: string) =>
      platform.call('orphan_adopt', { connection, user }),
    removeOrphan: (connection: string, user: string) =>
      platform.call('orphan_remove', { connection, user }),

    /** The key of a lease in its own window: the one that is open, or one for the kept key. */
    openCredentials: (leaseId: string) => platform.call('credentials_open', { leaseId }),

    activity: (query: ActivityQuery) => platform.call('activity_list', { query }),
    verifyActivity: () => platform.call('activity_verify', {}),
    /** Into a new file whose place the desktop chooses and answers. */
    exportActivity: (format: ExportFormat, query: ActivityQuery) =>
      platform.call('activity_export', { format, query }),
    /** Into the folder, or into a new one whose place the desktop chooses. */
    writeBreakGlass: (folder: string | null) => platform.call('break_glass_write', { folder }),

    skipPractice: (connection: string, ttl: string) =>
      platform.call('practice_skip', { connection, ttl }),
    resetPractice: (connection: string) => platform.call('practice_reset', { connection }),
    settings: () => platform.call('settings_get', {}),
    saveSettings: (settings: Settings) => platform.call('settings_set', { settings }),
  };
}

export type Commands = ReturnType<typeof commandsOn>;
