// What the engine tells the window. Written by `cargo xtask bindings`; do not edit.

/** The closed list of error codes. Scripts match on these; a code is never renamed. */
export type Code = "invalid_input" | "not_found" | "ambiguous" | "name_taken" | "refused" | "busy" | "keychain_missing" | "keychain_locked" | "keychain_no_bus" | "keychain_no_entry" | "keychain_failed" | "aws_denied" | "aws_not_there" | "aws_already_there" | "aws_conflict" | "aws_limit" | "aws_malformed" | "aws_throttled" | "aws_unreachable" | "aws_wrong_key" | "aws_clock" | "aws_unexpected" | "aws_foreign" | "pending" | "store_damaged" | "store_too_new" | "store_failed" | "internal";

/** An error as it leaves Leasehold: a code, a sentence, what to do, and which field it is about.
 *
 * It never holds a secret.
 */
export type Problem = {
  /** One of the closed list. */
  code: Code,
  /** A full sentence that says what happened and to what. */
  message: string,
  /** What to do about it, where there is something to do. */
  hint: string | null,
  /** The input field it is about, by its wire name. */
  field: string | null,
};

/** Where a lease stands, as it is stored. */
export type State = "issuing" | "active" | "revoking" | "access-cut" | "revoked" | "failed" | "forgotten";

/** Why a lease ended. */
export type EndReason = "by_us" | "expired" | "gone_outside" | "issue_failed";

/** Clean-up of a lease that is ending. */
export type Cleanup = {
  /** Steps that AWS confirmed. */
  done: number,
  /** All steps: the key, the attachments, the guards, the user. */
  total: number,
  /** What AWS says is in the way, where something is. */
  blocked_by: string | null,
};

/** One lease. */
export type LeaseView = {
  /** Unique for ever. */
  id: string,
  /** Name of the dynamic secret it was made from. */
  secret: string,
  /** Id of the dynamic secret, while that still exists. */
  secret_id: string | null,
  /** Environment of the dynamic secret at issue. */
  environment: string,
  /** Folder of the dynamic secret at issue. */
  folder: string,
  /** Where it stands. */
  state: State,
  /** Why it ended, once it has or is about to. */
  end_reason: EndReason | null,
  /** Name of the connection it was made over. */
  connection: string,
  /** True for a lease of the practice account. */
  practice: boolean,
  /** The AWS account. */
  account_id: string,
  /** `aws`, `aws-cn`, `aws-us-gov`, … */
  partition: string,
  /** The region that credential formats name. */
  region: string,
  /** The IAM path of the user. */
  iam_path: string,
  /** The IAM user. */
  user_name: string,
  /** AWS's unique id of the user (`AIDA…`). */
  user_id: string | null,
  /** The leased key's id (`AKIA…`). */
  access_key_id: string | null,
  /** A note by whoever asked. */
  label: string | null,
  /** Who asked: `window`, `cli`, … */
  requested_by: string,
  /** When it was recorded here. */
  created_at: string,
  /** `CreateDate` of the user. */
  issued_at: string | null,
  /** From this moment AWS denies every call. */
  expires_at: string,
  /** Renewing never goes past this. */
  max_expires_at: string,
  /** What a renewal adds when nothing else is said, e.g. `1h`. */
  default_ttl: string,
  /** When access was cut, once it was, in AWS's time. */
  cut_at: string | null,
  /** When it came to rest, in AWS's time. */
  ended_at: string | null,
  /** From the key's creation to its third successful call in a row. */
  usable_after_ms: number | null,
  /** Present while it is ending. */
  cleanup: Cleanup | null,
  /** When the next try is due, where one failed. */
  next_attempt_at: string | null,
  /** Failed tries so far. */
  attempts: number,
  /** What AWS or the keychain said at the last failed try. */
  reason: string | null,
  /** What would fix it. */
  hint: string | null,
  /** Something was found that a person must look at: a foreign user, a leak alarm. */
  alarm: string | null,
  /** The key is kept, sealed, for `leasehold credentials`. */
  kept: boolean,
  /** AWS's clock minus this computer's, in milliseconds; add it to the local time before
   * comparing with the times above.
   */
  clock_offset_ms: number,
};

/** One line of a lease's history. */
export type LeaseEvent = {
  /** When. */
  at: string,
  /** `recorded`, `tags_left_out`, `user_created`, `active`, `usable`, `renewing`, `renewed`,
   * `renewal_failed`, `drift`, `revoking`, `cut`, `retry`, `ended` or `late_user`.
   */
  kind: string,
  /** A sentence. */
  text: string,
};

/** A lease with its history. */
export type LeaseDetail = {
  /** The lease. */
  lease: LeaseView,
  /** Oldest first. */
  events: Array<LeaseEvent>,
  /** Managed policies attached. */
  policy_arns: Array<string>,
  /** Groups joined. */
  groups: Array<string>,
  /** Names of the inline policies, guards included. */
  inline_policies: Array<string>,
  /** The boundary it was made with. */
  permission_boundary: string | null,
};

/** What can be said of keys without showing them: a lease as `lease create` leaves it. */
export type IssuedView = {
  /** The lease. */
  lease: LeaseView,
  /** The key's id; its secret is asked for separately. */
  access_key_id: string,
};

/** The way credentials are written out. */
export type Format = "process" | "bash" | "fish" | "powershell" | "cmd" | "dotenv" | "json" | "profile";

/** A connection. */
export type ConnectionView = {
  /** Unique for ever. */
  id: string,
  /** Unique name. */
  name: string,
  /** True for the practice account. */
  practice: boolean,
  /** The managing key's id, not its secret. */
  access_key_id: string | null,
  /** Region of new dynamic secrets and of the endpoint. */
  region: string,
  /** Set when it is not AWS's own. */
  endpoint_url: string | null,
  /** From `sts:GetCallerIdentity`. */
  account_id: string,
  /** `aws`, `aws-cn`, `aws-us-gov`, … */
  partition: string,
  /** From `sts:GetCallerIdentity`. */
  caller_arn: string,
  /** When the caller was last seen. */
  verified_at: string,
  /** When it was added here. */
  created_at: string,
  /** AWS's clock minus this computer's, in milliseconds. */
  clock_offset_ms: number,
  /** Dynamic secrets that use it. */
  secrets: number,
  /** Leases that are not at rest. */
  open_leases: number,
  /** What the last check found, where it found a problem. */
  problem: Problem | null,
};

/** The policy to give a managing user, and what to know about it. */
export type ManagingPolicy = {
  /** The policy document, indented. */
  document: string,
  /** Scoping hints and warnings. */
  notes: Array<string>,
};

/** An environment. */
export type EnvironmentView = {
  /** Unique for ever. */
  id: string,
  /** Slug, e.g. `development`. */
  name: string,
  /** Dynamic secrets in it. */
  secrets: number,
};

/** A tag of the IAM users. */
export type TagView = {
  /** 1 to 128 characters. */
  key: string,
  /** Up to 256 characters. */
  value: string,
};

/** The form of a dynamic secret, as typed: every field a string or a list of strings. */
export type SecretDraft = {
  /** Slug, 1 to 64. */
  name: string,
  /** Environment name. */
  environment: string,
  /** `/` or `/payments/s3`. */
  folder: string,
  /** Connection name. */
  connection: string,
  /** `1h` */
  default_ttl: string,
  /** `8h` */
  max_ttl: string,
  /** `us-east-1` */
  region: string,
  /** `/leases/` */
  iam_path: string,
  /** A policy ARN or empty. */
  permission_boundary: string,
  /** Names; every element may hold several, divided by commas, spaces or new lines. */
  groups: Array<string>,
  /** Managed policy ARNs; every element may hold several. */
  policy_arns: Array<string>,
  /** Inline policy documents, one JSON text each. */
  policy_documents: Array<string>,
  /** `{{randomUsername}}` */
  username_template: string,
  /** Tags of the user; needs `iam:TagUser`. */
  tags: Array<TagView>,
};

/** How much of IAM's 2048 characters of inline policies is spoken for. */
export type BudgetView = {
  /** The draft's own documents, without insignificant white space. */
  documents: number,
  /** The most that Leasehold may ever put beside them. */
  guards: number,
  /** 2048. */
  limit: number,
};

/** What can be said of a draft before it is submitted. No AWS call is made. */
export type DraftCheck = {
  /** Everything that would be refused, each with field, rule and fix. */
  problems: Array<Problem>,
  /** Things to know that are not refused. */
  warnings: Array<Problem>,
  /** The size of the inline policies. */
  budget: BudgetView,
  /** A user name as the template would make it. */
  user_name_example: string | null,
  /** Sentences: who can do what until when. */
  summary: Array<string>,
};

/** A dynamic secret. */
export type SecretView = {
  /** Unique for ever. */
  id: string,
  /** Everything the form holds, normalised. */
  draft: SecretDraft,
  /** The account its connection reaches. */
  account_id: string,
  /** True when it belongs to the practice account. */
  practice: boolean,
  /** When it was added. */
  created_at: string,
  /** When it was last edited. */
  updated_at: string,
  /** It is waiting for its leases to end and will go then. */
  deleting: boolean,
  /** Leases that are not at rest. */
  open_leases: number,
  /** Leases whose access is open now. */
  active_leases: number,
  /** Issue moment of the lease that ends next. */
  next_issued_at: string | null,
  /** The next expiry. */
  next_expires_at: string | null,
  /** AWS's clock minus this computer's, in milliseconds. */
  clock_offset_ms: number,
};

/** Answer of a bulk revoke: what AWS confirmed and what is pending. */
export type RevokeReport = {
  /** Ids whose user AWS confirmed gone. */
  revoked: Array<string>,
  /** The rest, which is retried without end. */
  pending: Array<PendingRevoke>,
};

/** A revoke that is not finished. */
export type PendingRevoke = {
  /** Lease id. */
  id: string,
  /** Where it stands. */
  state: State,
  /** What stands in the way. */
  reason: string | null,
  /** When it is tried again. */
  next_attempt_at: string | null,
};

/** How the keychain answers. */
export type KeychainView = {
  /** `os`, `file` or `memory`. */
  kind: string,
  /** What it is called here, e.g. `OS keyring`. */
  name: string,
  /** Why it cannot be used, where it cannot. */
  problem: Problem | null,
};

/** One screen of everything. */
export type StatusView = {
  /** Version of Leasehold. */
  version: string,
  /** Where state lives. */
  home: string,
  /** Leases whose access is open. */
  active_leases: number,
  /** Leases that end within 15 minutes. */
  ending_soon: number,
  /** Leases with a failed revoke or an alarm. */
  need_attention: number,
  /** The next expiry of an active lease. */
  next_expires_at: string | null,
  /** AWS's clock minus this computer's for that lease's connection. */
  next_clock_offset_ms: number,
  /** Connections. */
  connections: number,
  /** When the oldest managing key was added here. */
  oldest_key_at: string | null,
  /** How the keychain answers. */
  keychain: KeychainView,
  /** Something that happened at start and must be seen, e.g. a damaged file kept aside. */
  notice: Problem | null,
};

/** Light, dark, or as the system says. */
export type Theme = "system" | "light" | "dark";

/** What a person can choose. */
export type Settings = {
  /** Theme of the window. */
  theme: Theme,
  /** Notify before a lease ends. */
  notify_expiry: boolean,
  /** How long before, in minutes, each 1 to 1440. */
  lead_minutes: Array<number>,
  /** Notify when a revoke fails. */
  notify_failures: boolean,
  /** Seconds until a copied secret leaves the clipboard, 5 to 600. */
  clipboard_seconds: number,
};

/** The steps of an issue, in their order. */
export type IssueStep = "recorded" | "user_created" | "guarded" | "usable";

/** What the engine tells whoever listens. Never a secret. */
export type Event = { "kind": "issue_progress",
  /** Chosen by the caller of `issue`. */
  request_id: string,
  /** The lease. */
  lease_id: string,
  /** The step that is done. */
  step: IssueStep, } | { "kind": "lease_changed",
  /** The lease. */
  lease: LeaseView, } | { "kind": "lease_expiring",
  /** The lease. */
  lease: LeaseView,
  /** The lead time that was reached. */
  minutes: number, } | { "kind": "revoke_failed",
  /** The lease. */
  lease: LeaseView, } | { "kind": "catalog_changed" } | { "kind": "clock_moved",
  /** The connection's name. */
  connection: string,
  /** The new offset in milliseconds. */
  clock_offset_ms: number, } | { "kind": "settings_changed" };
