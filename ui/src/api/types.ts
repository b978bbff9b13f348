// The words the window and the desktop share: the engine's data, and every command with its arguments and answer.
import type {
  AccessNews,
  ActivityCheck,
  ActivityPage,
  ActivityQuery,
  ApprovalView,
  AuthMethodCheck,
  AuthMethodDraft,
  AuthMethodView,
  AwsProfileView,
  BreakGlassFiles,
  Capability,
  ClientHelp,
  ConnectionView,
  ConsoleView,
  DraftCheck,
  EnvironmentView,
  Event,
  Format,
  GatewaySettings,
  GatewayState,
  GatewayView,
  LeaseDetail,
  LeasePage,
  LeasePageQuery,
  LeaseView,
  ManagingKeys,
  ManagingPolicy,
  OrphanList,
  Preflight,
  Problem,
  ReachView,
  ReconcileReport,
  RevokeReport,
  RoleView,
  Rotated,
  SecretDraft,
  SecretView,
  SessionView,
  Settings,
  StatusView,
  TestView,
  WhoView,
} from './generated/wire';

export type * from './generated/wire';

/** The form behind "add by key". */
export interface AddKeyInput {
  name: string;
  access_key_id: string;
  secret_access_key: string;
  region: string | null;
  endpoint_url: string | null;
}

/** The form behind "add by profile". */
export interface AddProfileInput {
  name: string;
  profile: string;
  region: string | null;
  endpoint_url: string | null;
}

/** The form behind "add by role": from a connection, else from a profile. */
export interface AddRoleInput {
  name: string;
  role_arn: string;
  from_connection: string | null;
  from_profile: string | null;
  external_id: string | null;
  mfa_serial: string | null;
  session_name: string | null;
  duration: string | null;
  region: string | null;
  endpoint_url: string | null;
}

/** A code that a person's action waits for. */
export interface CodeQuestion {
  id: string;
  connection: string;
  mfa_serial: string;
  /** Why the code before this one was not taken. */
  again: Problem | null;
  /** When it is taken back. */
  until: string;
}

/** Where the link to the console goes. No answer holds it. */
export type ConsoleWay = 'browser' | 'copy';

/** What came of it. */
export interface ConsoleOpened {
  console: ConsoleView;
  clears_in_seconds: number | null;
}

/** What `lease_create` needs. */
export interface CreateLeaseInput {
  secret_id: string;
  ttl: string | null;
  label: string | null;
  request_id: string;
  /** Although the last pre-flight says that the lease could not be revoked. */
  despite_preflight?: boolean;
}

/** Whether a tray icon can be seen, and why not. */
export type TrayState = 'shown' | 'no_host' | 'no_library';

/** How Leasehold lives on this desktop. */
export interface DesktopView {
  tray: TrayState;
  paused_until: string | null;
  autostart: Autostart;
  /** What a start had to say; told once. */
  word: Problem | null;
  /** Keys on show that nobody has taken: they are lost with the application. */
  untaken_keys: number;
}

/** Whether the session starts Leasehold; `foreign` is a file with something else in it. */
export type Autostart =
  | { kind: 'off' }
  | { kind: 'on'; hidden: boolean }
  | { kind: 'foreign'; path: string }
  | { kind: 'missing' };

/** What the session is to start. */
export type StartWith = 'nothing' | 'window' | 'tray';

/** What became of a notification that was sent to try it out. */
export interface Tested {
  server: string | null;
  buttons: boolean;
  inhibited: boolean;
}

/** How long notifications are paused. */
export type PauseSpan = 'hour' | 'tomorrow' | 'off';

/** An auth method after it was switched, and the leases that were to end with it. */
export interface MethodChanged {
  method: AuthMethodView;
  leases: RevokeReport | null;
}

/** Somebody after they were answered, and their leases where those were to end. */
export interface ApprovalChanged {
  approval: ApprovalView;
  leases: RevokeReport | null;
}

/** Leases that were to end with something else; null where that was not asked for. */
export interface LeasesEnded {
  leases: RevokeReport | null;
}

/** Who tries to log in where from, to see what would happen. */
export type TestedFrom = {
  /** An IP address, or `unix`. */
  client: string;
  /** Of a dynamic secret. */
  path: string | null;
};

/** How the activity log is written out. */
export type ExportFormat = 'jsonl' | 'csv';

/** One value of the credentials, or all of them in a format. */
export type CopyWhat =
  Format | 'user_name' | 'access_key_id' | 'secret_access_key' | 'session_token';

type None = Record<string, never>;
type Command<Args, Result> = { args: Args; result: Result };

/** Every command of the desktop, by name. A missing one does not compile in either adapter. */
export interface CommandTable {
  app_status: Command<None, StatusView>;
  app_quit: Command<None, null>;
  app_hide: Command<None, null>;
  window_ready: Command<None, null>;
  window_unload: Command<None, null>;
  place_remember: Command<{ route: string; environment: string }, null>;
  text_copy: Command<{ text: string }, null>;

  desktop_get: Command<None, DesktopView>;
  autostart_set: Command<{ with: StartWith }, null>;
  notifications_pause: Command<{ span: PauseSpan }, null>;
  notification_test: Command<None, Tested>;

  environment_list: Command<None, EnvironmentView[]>;
  environment_add: Command<{ name: string }, null>;
  environment_rename: Command<{ old: string; new: string }, null>;
  environment_remove: Command<{ name: string }, null>;
  environment_reorder: Command<{ names: string[] }, null>;

  connection_list: Command<None, ConnectionView[]>;
  connection_add_key: Command<{ input: AddKeyInput }, ConnectionView>;
  connection_add_practice: Command<{ name: string }, ConnectionView>;
  connection_profiles: Command<None, AwsProfileView[]>;
  connection_add_profile: Command<{ input: AddProfileInput }, ConnectionView>;
  connection_add_role: Command<{ input: AddRoleInput }, ConnectionView>;
  connection_keys: Command<{ name: string }, ManagingKeys>;
  connection_rotate: Command<{ name: string; removeKey: string | null }, Rotated>;
  connection_check: Command<{ name: string }, ConnectionView>;
  connection_policy: Command<{ name: string }, ManagingPolicy>;
  connection_remove: Command<{ name: string }, null>;

  secret_list: Command<None, SecretView[]>;
  secret_check: Command<{ draft: SecretDraft; id: string | null }, DraftCheck>;
  secret_add: Command<{ draft: SecretDraft }, SecretView>;
  secret_edit: Command<{ id: string; draft: SecretDraft }, SecretView>;
  secret_pin: Command<{ id: string; pinned: boolean }, SecretView>;
  secret_remove: Command<{ id: string; revokeLeases: boolean }, RevokeReport>;
  secret_preflight: Command<{ reference: string; canary: boolean }, Preflight>;

  /** Its key is shown by a window of its own. */
  lease_create: Command<{ input: CreateLeaseInput }, LeaseView>;
  lease_list: Command<None, LeaseView[]>;
  lease_page: Command<{ query: LeasePageQuery }, LeasePage>;
  lease_show: Command<{ id: string }, LeaseDetail>;
  lease_renewal_preview: Command<
    { id: string; ttl: string | null; toMax: boolean },
    { expires_at: string }
  >;
  lease_renew: Command<{ id: string; ttl: string | null; toMax: boolean }, LeaseView>;
  lease_revoke: Command<{ ids: string[] }, RevokeReport>;
  lease_revoke_many: Command<{ ids: string[]; requestId: string }, RevokeReport>;
  lease_revoke_stop: Command<{ requestId: string }, null>;
  lease_retry: Command<{ id: string }, null>;
  lease_forget: Command<{ id: string }, LeaseView>;
  lease_acknowledge: Command<{ id: string }, LeaseView>;
  lease_reconcile: Command<{ connection: string | null }, ReconcileReport>;
  orphan_list: Command<{ connection: string | null }, OrphanList>;
  orphan_adopt: Command<{ connection: string; user: string }, LeaseView>;
  orphan_remove: Command<{ connection: string; user: string }, LeaseView>;

  code_question: Command<None, CodeQuestion | null>;
  code_answer: Command<{ id: string; code: string | null }, null>;
  console_open: Command<
    { leaseId: string; service: string | null; way: ConsoleWay },
    ConsoleOpened
  >;

  credentials_open: Command<{ leaseId: string }, null>;
  /** This and what follows is for the window of a key alone, which has that of the lease it was opened for. */
  credentials_get: Command<None, { lease: LeaseView; format: Format }>;
  credentials_reveal: Command<None, { secret_access_key: string; session_token: string | null }>;
  credentials_preview: Command<{ format: Format }, string>;
  credentials_copy: Command<{ format: CopyWhat }, { clears_in_seconds: number | null }>;
  credentials_keep: Command<{ keep: boolean }, null>;
  /** False where nobody has the key yet, and the window stays. */
  credentials_close: Command<{ anyway: boolean }, boolean>;
  credentials_console: Command<{ service: string | null; way: ConsoleWay }, ConsoleOpened>;

  activity_list: Command<{ query: ActivityQuery }, ActivityPage>;
  activity_verify: Command<None, ActivityCheck>;
  activity_export: Command<
    { format: ExportFormat; query: ActivityQuery },
    { path: string; entries: number }
  >;
  break_glass_write: Command<{ folder: string | null }, BreakGlassFiles>;

  auth_method_list: Command<None, AuthMethodView[]>;
  /** `id` is the access id or the name, here and below. */
  auth_method_check: Command<{ draft: AuthMethodDraft; id: string | null }, AuthMethodCheck>;
  auth_method_create: Command<{ draft: AuthMethodDraft }, AuthMethodView>;
  /** `seen` is the form as it was loaded: what somebody else changed since is not lost. */
  auth_method_update: Command<
    { id: string; seen: AuthMethodDraft; draft: AuthMethodDraft },
    AuthMethodView
  >;
  auth_method_enable: Command<{ id: string; on: boolean; revokeLeases: boolean }, MethodChanged>;
  auth_method_delete: Command<{ id: string; revokeLeases: boolean }, LeasesEnded>;
  role_list: Command<None, RoleView[]>;
  role_create: Command<{ name: string; description: string }, RoleView>;
  role_delete: Command<{ name: string }, null>;
  role_set_rule: Command<{ name: string; path: string; capabilities: Capability[] }, RoleView>;
  role_delete_rule: Command<{ name: string; path: string }, RoleView>;
  role_associate: Command<
    {
      name: string;
      authMethod: string;
      subClaims: Record<string, string>;
      caseSensitive: boolean;
    },
    RoleView
  >;
  role_dissociate: Command<{ name: string; authMethod: string }, RoleView>;
  role_who: Command<{ path: string }, WhoView[]>;
  /** Of one role, of one method, or of all. */
  role_reach: Command<{ name: string | null; authMethod: string | null }, ReachView[]>;
  approval_list: Command<None, ApprovalView[]>;
  approval_allow: Command<{ id: string; always: boolean }, ApprovalView>;
  approval_deny: Command<{ id: string; revokeLeases: boolean }, ApprovalChanged>;
  session_list: Command<None, SessionView[]>;
  session_revoke: Command<{ id: string; revokeLeases: boolean }, LeasesEnded>;
  identity_test: Command<{ id: string; cloudIdentity: string } & TestedFrom, TestView>;
  identity_imagine: Command<
    { id: string; arn: string; uniqueId: string; region: string } & TestedFrom,
    TestView
  >;
  gateway_get: Command<None, GatewayView>;
  gateway_check: Command<{ settings: GatewaySettings }, Problem[]>;
  gateway_set: Command<{ settings: GatewaySettings }, GatewayView>;
  gateway_retry: Command<None, null>;
  /** What a client needs to log in by a method; without one, with a placeholder. */
  gateway_client: Command<{ id: string | null }, ClientHelp[]>;

  practice_skip: Command<{ connection: string; ttl: string }, null>;
  practice_reset: Command<{ connection: string }, null>;
  settings_get: Command<None, Settings>;
  settings_set: Command<{ settings: Settings }, null>;
}

export type CommandName = keyof CommandTable;
export type CommandArgs<C extends CommandName> = CommandTable[C]['args'];
export type CommandResult<C extends CommandName> = CommandTable[C]['result'];

/** What the desktop tells the window unasked. */
export interface EventTable {
  /** Everything the engine reports. */
  engine: Event;
  /** Somebody waits to be let in, was answered, came first, or a method ends. */
  access: AccessNews;
  /** The gateway, at each change. */
  gateway: GatewayState;
  /** The tray or a notification asks for a screen; or the window goes back to where it was, environment and all. */
  navigate: { route: string; environment?: string | null };
  /** The code that is asked for now; none where nothing is. */
  code_asked: CodeQuestion | null;
  /** The computer woke up, or is in another time zone now. */
  clock_changed: null;
  /** Something that `desktop_get` answers is otherwise now. */
  desktop_changed: null;
  /** The window was hidden for long: it is given up when nothing in it would be lost. */
  unload_asked: null;
  /**
   * The window's close button was pressed: of the main one where there is no tray to hide to, of a key's where
   * nobody has the key yet.
   */
  close_asked: null;
}

export type EventName = keyof EventTable;

/** Commands reject with this. */
export type Rejection = Problem;
