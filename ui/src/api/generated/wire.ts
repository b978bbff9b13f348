// What the engine tells the window, mirrored from Rust. Do not edit by hand once it is generated.

/** The closed list of error codes. */
export type Code =
  | 'invalid_input'
  | 'not_found'
  | 'ambiguous'
  | 'name_taken'
  | 'refused'
  | 'busy'
  | 'keychain_missing'
  | 'keychain_locked'
  | 'keychain_no_bus'
  | 'keychain_no_entry'
  | 'keychain_failed'
  | 'aws_denied'
  | 'aws_not_there'
  | 'aws_already_there'
  | 'aws_conflict'
  | 'aws_limit'
  | 'aws_malformed'
  | 'aws_throttled'
  | 'aws_unreachable'
  | 'aws_wrong_key'
  | 'aws_clock'
  | 'aws_unexpected'
  | 'aws_foreign'
  | 'pending'
  | 'store_damaged'
  | 'store_too_new'
  | 'store_failed'
  | 'internal';

/** An error as it leaves Leasehold. */
export type Problem = { code: Code; message: string; hint: string | null; field: string | null };

/** Where a lease stands, as it is stored. */
export type State =
  | 'issuing'
  | 'active'
  | 'revoking'
  | 'access-cut'
  | 'revoked'
  | 'failed'
  | 'forgotten';

/** Why a lease ended. */
export type EndReason = 'by_us' | 'expired' | 'gone_outside' | 'issue_failed';

/** Clean-up of a lease that is ending. */
export type Cleanup = { done: number; total: number; blocked_by: string | null };

/** One lease. */
export type LeaseView = {
  id: string;
  secret: string;
  secret_id: string | null;
  environment: string;
  folder: string;
  state: State;
  end_reason: EndReason | null;
  connection: string;
  practice: boolean;
  account_id: string;
  partition: string;
  region: string;
  iam_path: string;
  user_name: string;
  user_id: string | null;
  access_key_id: string | null;
  label: string | null;
  requested_by: string;
  created_at: string;
  issued_at: string | null;
  expires_at: string;
  max_expires_at: string;
  default_ttl: string;
  cut_at: string | null;
  ended_at: string | null;
  usable_after_ms: number | null;
  cleanup: Cleanup | null;
  next_attempt_at: string | null;
  attempts: number;
  reason: string | null;
  hint: string | null;
  alarm: string | null;
  kept: boolean;
  clock_offset_ms: number;
};

/** One line of a lease's history. */
export type LeaseEvent = { at: string; kind: string; text: string };

/** A lease with its history. */
export type LeaseDetail = {
  lease: LeaseView;
  events: LeaseEvent[];
  policy_arns: string[];
  groups: string[];
  inline_policies: string[];
  permission_boundary: string | null;
};

/** What can be said of keys without showing them. */
export type IssuedView = { lease: LeaseView; access_key_id: string };

/** The way credentials are written out. */
export type Format =
  | 'process'
  | 'bash'
  | 'fish'
  | 'powershell'
  | 'cmd'
  | 'dotenv'
  | 'json'
  | 'profile';

/** A connection. */
export type ConnectionView = {
  id: string;
  name: string;
  practice: boolean;
  access_key_id: string | null;
  region: string;
  endpoint_url: string | null;
  account_id: string;
  partition: string;
  caller_arn: string;
  verified_at: string;
  created_at: string;
  clock_offset_ms: number;
  secrets: number;
  open_leases: number;
  problem: Problem | null;
};

/** The policy to give a managing user, and what to know about it. */
export type ManagingPolicy = { document: string; notes: string[] };

/** An environment. */
export type EnvironmentView = { id: string; name: string; secrets: number };

/** A tag of the IAM users. */
export type TagView = { key: string; value: string };

/** The form of a dynamic secret, as typed. */
export type SecretDraft = {
  name: string;
  environment: string;
  folder: string;
  connection: string;
  default_ttl: string;
  max_ttl: string;
  region: string;
  iam_path: string;
  permission_boundary: string;
  groups: string[];
  policy_arns: string[];
  policy_documents: string[];
  username_template: string;
  tags: TagView[];
};

/** How much of IAM's 2048 characters of inline policies is spoken for. */
export type BudgetView = { documents: number; guards: number; limit: number };

/** What can be said of a draft before it is submitted. */
export type DraftCheck = {
  problems: Problem[];
  warnings: Problem[];
  budget: BudgetView;
  user_name_example: string | null;
  summary: string[];
};

/** A dynamic secret. */
export type SecretView = {
  id: string;
  draft: SecretDraft;
  account_id: string;
  practice: boolean;
  created_at: string;
  updated_at: string;
  deleting: boolean;
  open_leases: number;
  active_leases: number;
  next_issued_at: string | null;
  next_expires_at: string | null;
  clock_offset_ms: number;
};

/** Answer of a bulk revoke. */
export type RevokeReport = { revoked: string[]; pending: PendingRevoke[] };

/** A revoke that is not finished. */
export type PendingRevoke = {
  id: string;
  state: State;
  reason: string | null;
  next_attempt_at: string | null;
};

/** How the keychain answers. */
export type KeychainView = { kind: string; name: string; problem: Problem | null };

/** One screen of everything. */
export type StatusView = {
  version: string;
  home: string;
  active_leases: number;
  ending_soon: number;
  need_attention: number;
  next_expires_at: string | null;
  next_clock_offset_ms: number;
  connections: number;
  oldest_key_at: string | null;
  keychain: KeychainView;
  notice: Problem | null;
};

/** Light, dark, or as the system says. */
export type Theme = 'system' | 'light' | 'dark';

/** What a person can choose. */
export type Settings = {
  theme: Theme;
  notify_expiry: boolean;
  lead_minutes: number[];
  notify_failures: boolean;
  clipboard_seconds: number;
};

/** The steps of an issue, in their order. */
export type IssueStep = 'recorded' | 'user_created' | 'guarded' | 'usable';

/** What the engine tells whoever listens. Never a secret. */
export type Event =
  | { kind: 'issue_progress'; request_id: string; lease_id: string; step: IssueStep }
  | { kind: 'lease_changed'; lease: LeaseView }
  | { kind: 'lease_expiring'; lease: LeaseView; minutes: number }
  | { kind: 'revoke_failed'; lease: LeaseView }
  | { kind: 'catalog_changed' }
  | { kind: 'clock_moved'; connection: string; clock_offset_ms: number }
  | { kind: 'settings_changed' };
