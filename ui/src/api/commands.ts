// One function per command of the main window, so that no view spells a command's name. Those of a key are in credentials.ts.
import type { Platform } from '../platform/platform';
import type {
  ActivityQuery,
  AddKeyInput,
  AuthMethodDraft,
  Capability,
  AddProfileInput,
  AddRoleInput,
  ConsoleWay,
  CreateLeaseInput,
  ExportFormat,
  GatewaySettings,
  LeasePageQuery,
  PauseSpan,
  SecretDraft,
  Settings,
  StartWith,
  TestedFrom,
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
    profiles: () => platform.call('connection_profiles', {}),
    addProfile: (input: AddProfileInput) => platform.call('connection_add_profile', { input }),
    addRole: (input: AddRoleInput) => platform.call('connection_add_role', { input }),
    managingKeys: (name: string) => platform.call('connection_keys', { name }),
    /** Told step by step by events. */
    rotateKey: (name: string, removeKey: string | null) =>
      platform.call('connection_rotate', { name, removeKey }),
    codeQuestion: () => platform.call('code_question', {}),
    answerCode: (id: string, code: string | null) => platform.call('code_answer', { id, code }),
    /** The link goes to the browser or the clipboard, and not through here. */
    openConsole: (leaseId: string, service: string | null, way: ConsoleWay) =>
      platform.call('console_open', { leaseId, service, way }),
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

    authMethods: () => platform.call('auth_method_list', {}),
    /** `id` is the method being edited, if one is. */
    checkMethod: (draft: AuthMethodDraft, id: string | null) =>
      platform.call('auth_method_check', { draft, id }),
    createMethod: (draft: AuthMethodDraft) => platform.call('auth_method_create', { draft }),
    updateMethod: (id: string, seen: AuthMethodDraft, draft: AuthMethodDraft) =>
      platform.call('auth_method_update', { id, seen, draft }),
    switchMethod: (id: string, on: boolean, revokeLeases: boolean) =>
      platform.call('auth_method_enable', { id, on, revokeLeases }),
    deleteMethod: (id: string, revokeLeases: boolean) =>
      platform.call('auth_method_delete', { id, revokeLeases }),
    roles: () => platform.call('role_list', {}),
    createRole: (name: string, description: string) =>
      platform.call('role_create', { name, description }),
    deleteRole: (name: string) => platform.call('role_delete', { name }),
    setRule: (name: string, path: string, capabilities: Capability[]) =>
      platform.call('role_set_rule', { name, path, capabilities }),
    deleteRule: (name: string, path: string) => platform.call('role_delete_rule', { name, path }),
    associate: (
      name: string,
      authMethod: string,
      subClaims: Record<string, string>,
      caseSensitive: boolean,
    ) => platform.call('role_associate', { name, authMethod, subClaims, caseSensitive }),
    dissociate: (name: string, authMethod: string) =>
      platform.call('role_dissociate', { name, authMethod }),
    /** Who can do something at the path of a dynamic secret. */
    whoCan: (path: string) => platform.call('role_who', { path }),
    /** What of today's dynamic secrets a role reaches. */
    reachOf: (name: string) => platform.call('role_reach', { name, authMethod: null }),
    approvals: () => platform.call('approval_list', {}),
    allow: (id: string, always: boolean) => platform.call('approval_allow', { id, always }),
    deny: (id: string, revokeLeases: boolean) =>
      platform.call('approval_deny', { id, revokeLeases }),
    sessions: () => platform.call('session_list', {}),
    endSession: (id: string, revokeLeases: boolean) =>
      platform.call('session_revoke', { id, revokeLeases }),
    /** The cloud identity is a secret for some minutes: it is sent and not kept. */
    testIdentity: (id: string, cloudIdentity: string, from: TestedFrom) =>
      platform.call('identity_test', { id, cloudIdentity, ...from }),
    imagineIdentity: (
      id: string,
      who: { arn: string; uniqueId: string; region: string },
      from: TestedFrom,
    ) => platform.call('identity_imagine', { id, ...who, ...from }),
    gateway: () => platform.call('gateway_get', {}),
    checkGateway: (settings: GatewaySettings) => platform.call('gateway_check', { settings }),
    setGateway: (settings: GatewaySettings) => platform.call('gateway_set', { settings }),
    retryGateway: () => platform.call('gateway_retry', {}),
    clientHelp: (id: string | null) => platform.call('gateway_client', { id }),

    skipPractice: (connection: string, ttl: string) =>
      platform.call('practice_skip', { connection, ttl }),
    resetPractice: (connection: string) => platform.call('practice_reset', { connection }),
    settings: () => platform.call('settings_get', {}),
    saveSettings: (settings: Settings) => platform.call('settings_set', { settings }),
  };
}

export type Commands = ReturnType<typeof commandsOn>;
