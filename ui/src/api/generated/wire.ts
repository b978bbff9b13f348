// What the engine tells the window. Written by `cargo xtask bindings`; do not edit.

/** So long a fresh key is tried before it is taken as it is, in milliseconds. */
export const TRIED_MS = 120000;

/** The closed list of error codes. Scripts match on these; a code is never renamed. */
export type Code = "usage" | "invalid_input" | "not_found" | "ambiguous" | "name_taken" | "refused" | "busy" | "keychain_missing" | "keychain_locked" | "keychain_no_bus" | "keychain_no_entry" | "keychain_failed" | "aws_denied" | "aws_not_there" | "aws_already_there" | "aws_conflict" | "aws_limit" | "aws_malformed" | "aws_throttled" | "aws_unreachable" | "aws_wrong_key" | "aws_clock" | "aws_unexpected" | "login_needed" | "source_failed" | "aws_foreign" | "pending" | "store_damaged" | "store_too_new" | "store_failed" | "internal";

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
export type State = "issuing" | "active" | "revoking" | "access-cut" | "revoked" | "expired" | "failed" | "forgotten";

/** Why a lease ended. */
export type EndReason = "by_us" | "expired" | "gone_outside" | "issue_failed";

/** What a step of a clean-up takes away. */
export type CleanupStepName = "key" | "attachments" | "guards" | "user";

/** Where a step of a clean-up stands. */
export type CleanupStepState = "done" | "next" | "failed" | "waiting";

/** One step of a clean-up. */
export type CleanupStep = {
  /** What it takes away. */
  step: CleanupStepName,
  /** Where it stands. */
  state: CleanupStepState,
};

/** Clean-up of a lease that is ending. */
export type Cleanup = {
  /** Steps that AWS confirmed. */
  done: number,
  /** All steps: the key, the attachments, the guards, the user. Of a session two: everything is denied to
   * it (`key`), and the policy that does is off its role (`guards`).
   */
  total: number,
  /** Each step by itself, in order. */
  steps: Array<CleanupStep>,
  /** What AWS says is in the way, where something is. */
  blocked_by: string | null,
  /** The action the managing key lacks to get past it (`iam:DeleteLoginProfile`). */
  missing_action: string | null,
};

/** How a lease stood when it was last compared with its account. */
export type Standing = "live" | "put_right" | "drifted" | "ledger_behind" | "quarantined" | "foreign" | "not_seen" | "gone" | "unknown";

/** What the credentials of a lease are of, as it is recorded with a secret and with each of its leases. */
export type Credential = { "kind": "iam_user" } | { "kind": "assumed_role",
  /** The role. */
  role_arn: string,
  /** What its trust policy asks for. */
  external_id: string | null, } | { "kind": "federation_token" };
  
  /** What a revoke can do for a lease, as far as it is known. */
  export type RevokeEffect = "deletes_user" | "denies_session" | "may_deny_session" | "ends_by_itself";
  
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
  /** What the lease is of. */
  credential: Credential,
  /** Its time can be extended. Sessions are not renewed: one gets another. */
  renewable: boolean,
  /** What a revoke can do for it. */
  revoke_effect: RevokeEffect,
  /** The same in a sentence, with when it ends by itself, while it is open. */
  revoke_note: string | null,
  /** The IAM path of the user; empty of a session. */
  iam_path: string,
  /** The IAM user; the session's name of a session. */
  user_name: string,
  /** AWS's unique id of the user (`AIDA…`); what `aws:userid` says of a session (`AROA…:name`). */
  user_id: string | null,
  /** The leased key's id (`AKIA…`, `ASIA…` of a session). */
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
  /** When its end was asked for, while no work on it has begun (many at once). */
  end_asked_at: string | null,
  /** It was made for a running command and ends with it. */
  for_command: boolean,
  /** That command is gone without having ended it; the next process that asks AWS ends it. */
  abandoned: boolean,
  /** When it was last compared with the account. */
  reconciled_at: string | null,
  /** How it stood then. */
  standing: Standing | null,
  /** What was found then, in sentences. */
  findings: Array<string>,
  /** AWS's clock minus this computer's, in milliseconds; add it to the local time before
   * comparing with the times above.
   */
  clock_offset_ms: number,
};

/** One line of a lease's history. */
export type LeaseEvent = {
  /** When. */
  at: string,
  /** A word of the activity log without its `lease.`: `recorded`, `user_created`, `active`, … */
  kind: string,
  /** A sentence. The same one many times in a row is told once, with how often. */
  text: string,
};

/** Which leases of the history a page is of. */
export type LeaseSet = "all" | "ended" | "attention";

/** What the leases of a page are ordered by. */
export type LeaseSort = "lease" | "state" | "issued" | "ends";

/** Which page of the lease history to list. The default is the newest of all. */
export type LeasePageQuery = {
  /** Which leases. */
  set: LeaseSet,
  /** Only of this dynamic secret (its id). */
  secret_id: string | null,
  /** Only over this connection (its name). */
  connection: string | null,
  /** Only of this environment (its name). */
  environment: string | null,
  /** Only with each of these words in user name, key id, label or secret name. */
  search: string | null,
  /** What they are ordered by. */
  sort: LeaseSort,
  /** From the first to the last, instead of the last to the first. */
  ascending: boolean,
  /** Only what comes after this mark: `last` of the page before. */
  after: string | null,
  /** Only what comes before this mark: `first` of the page after. */
  before: string | null,
  /** At most so many, 1 to 500; 100 where nothing is said. */
  limit: number | null,
};

/** Leases of the history, in the order asked for. */
export type LeasePage = {
  /** At most as many as were asked for. */
  leases: Array<LeaseView>,
  /** Where the page begins; none where it is empty. */
  first: string | null,
  /** Where it ends. */
  last: string | null,
  /** There is more on the side that was asked for. */
  more: boolean,
  /** How many there are without regard to the page; told where no mark was given. */
  total: number | null,
  /** There are more than `total`: not all that a search finds are counted. */
  uncounted: boolean,
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

/** The way credentials are written out. */
export type Format = "process" | "bash" | "fish" | "powershell" | "cmd" | "dotenv" | "json" | "profile" | "docker";

/** What stands behind a connection. */
export type ConnectionKind = "access_key" | "profile" | "role" | "practice";

/** A replacement of a managing key that is not finished. */
export type RotationView = {
  /** `clearing`, `creating`, `made`, `kept`, `switched` or `undoing`. */
  step: string,
  /** The key that goes. */
  old_access_key_id: string,
  /** The key that comes, once AWS has named it. */
  new_access_key_id: string | null,
  /** When it was asked for. */
  started_at: string,
  /** When it goes on, where the last try failed. */
  next_attempt_at: string | null,
  /** Why the last try failed. */
  problem: Problem | null,
};

/** A connection. */
export type ConnectionView = {
  /** Unique for ever. */
  id: string,
  /** Unique name. */
  name: string,
  /** What stands behind it. */
  kind: ConnectionKind,
  /** True for the practice account. */
  practice: boolean,
  /** The managing key's id, not its secret. */
  access_key_id: string | null,
  /** When the managing key was put in. */
  key_added_at: string | null,
  /** When the managing key was last replaced here. */
  key_rotated_at: string | null,
  /** The profile, or the one that the role is assumed from. */
  profile: string | null,
  /** The role. */
  role_arn: string | null,
  /** Name of the connection that the role is assumed from. */
  from: string | null,
  /** What the role's trust policy asks for. */
  external_id: string | null,
  /** The MFA device whose code opens a session of the role. */
  mfa_serial: string | null,
  /** What sessions of the role are called. */
  session_name: string | null,
  /** How long a session of the role lasts, in seconds. */
  session_seconds: number | null,
  /** When the present session ends, in the process that shows it. */
  session_ends_at: string | null,
  /** The replacement of its key that is under way. */
  rotation: RotationView | null,
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

/** An access key of a managing user. */
export type ManagingKey = {
  /** `AKIA…` */
  access_key_id: string,
  /** When AWS made it. */
  created_at: string | null,
  /** False when it is switched off. */
  active: boolean,
  /** True for the connection's own key. */
  own: boolean,
  /** Another connection here that signs with it. */
  connection: string | null,
  /** False where AWS does not let the managing user ask (`iam:GetAccessKeyLastUsed`). */
  last_use_known: boolean,
  /** When it was last used; never, where that is known and nothing is said. */
  last_used_at: string | null,
  /** What it was last used for. */
  last_used_for: string | null,
};

/** The access keys of a managing user: AWS allows two. */
export type ManagingKeys = {
  /** The connection. */
  connection: string,
  /** The IAM user. */
  user_name: string,
  /** Its keys, the connection's own first. */
  keys: Array<ManagingKey>,
  /** There is no room for a new key: one has to be given up before the own one is replaced. */
  full: boolean,
};

/** What came of replacing a managing key. */
export type Rotated = {
  /** The connection as it is now. */
  connection: ConnectionView,
  /** The key that goes, or is gone. */
  old_access_key_id: string,
  /** The key that the connection has now. */
  new_access_key_id: string | null,
  /** Other connections that had the same key and have the new one. */
  also: Array<string>,
  /** What is still to be done, and is tried again by itself; nothing when the old key is gone. */
  pending: Problem | null,
};

/** Where the keys of a profile come from. */
export type ProfileOrigin = "key" | "single_sign_on" | "console_login" | "process" | "web_identity" | "machine" | "nothing";

/** A role that a profile asks an MFA code for: it is added as a role, with these. */
export type ProfileRole = {
  /** The role. */
  role_arn: string,
  /** The profile that it is assumed from. */
  from: string | null,
  /** The device. */
  mfa_serial: string,
};

/** A profile of the AWS configuration, and what it resolves to. Nothing was asked or run. */
export type AwsProfileView = {
  /** Its name. */
  name: string,
  /** Its region. */
  region: string | null,
  /** Where its keys begin. */
  origin: ProfileOrigin,
  /** What it resolves to, in a sentence. */
  resolves_to: string,
  /** The command that a person logs in with. */
  login: string | null,
  /** Why no connection can be made of it. */
  problem: Problem | null,
  /** The role to add in its place, where it asks for an MFA code. */
  role: ProfileRole | null,
  /** A connection that uses it already. */
  connection: string | null,
};

/** What is to be said of a link that signs a browser in. The link itself is in no type of these. */
export type ConsoleView = {
  /** The lease. */
  lease_id: string,
  /** Its IAM user. */
  user_name: string,
  /** The account. */
  account_id: string,
  /** The page it leads to. */
  destination: string,
  /** Until when the link can be opened, by AWS's time. */
  link_until: string,
  /** Until when the console works at most, by AWS's time. */
  session_until: string,
  /** What is to be known: what does not work there, and when it ends. */
  notes: Array<string>,
};

/** The policy to give a managing user, and what to know about it. */
export type ManagingPolicy = {
  /** The policy document, indented. */
  document: string,
  /** Scoping hints and warnings. */
  notes: Array<string>,
  /** A second document with what is not needed and makes some things better: finding users that no
   * lease knows, tags, clearing away what blocks a clean-up, asking AWS's policy simulator.
   */
  optional: string,
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
  /** `iam_user`, `assumed_role` or `federation_token`; empty is `iam_user`. What is not of the type is
   * left empty.
   */
  credential_type: string,
  /** The role whose sessions leases are; of `assumed_role` only. */
  role_arn: string,
  /** What the trust policy of the role asks for; of `assumed_role` only. */
  external_id: string,
  /** `/leases/` */
  iam_path: string,
  /** A policy ARN or empty. */
  permission_boundary: string,
  /** Names; every element may hold several, divided by commas, spaces or new lines. */
  groups: Array<string>,
  /** Managed policy ARNs; every element may hold several. Session policies of a session. */
  policy_arns: Array<string>,
  /** Inline policy documents, one JSON text each. The session policy of a session: one at most. */
  policy_documents: Array<string>,
  /** `{{randomUsername}}` */
  username_template: string,
  /** Tags of the user, which need `iam:TagUser`, or of the session, which need `sts:TagSession`. */
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

/** How bad something is that is not refused. */
export type Severity = "info" | "warning" | "danger";

/** Something the lint says about a place in a policy document. */
export type PolicyMark = {
  /** Which of `policy_documents`, from 0. */
  document: number,
  /** From 1; the line of the text as typed. */
  line: number,
  /** From 1, in characters. */
  column: number,
  /** How bad it is. */
  severity: Severity,
  /** A stable word, e.g. `privilege_escalation`. */
  rule: string,
  /** What is the matter. */
  message: string,
  /** What to do about it. */
  hint: string | null,
};

/** What can be said of a draft before it is submitted. No AWS call is made. */
export type DraftCheck = {
  /** Everything that would be refused, each with field, rule and fix. */
  problems: Array<Problem>,
  /** Things to know that are not refused. */
  warnings: Array<Problem>,
  /** What the policy lint says of the documents, at its place in them. */
  marks: Array<PolicyMark>,
  /** The size of the inline policies. */
  budget: BudgetView,
  /** A user name as the template would make it; none of sessions. */
  user_name_example: string | null,
  /** Sentences: who can do what until when. */
  summary: Array<string>,
};

/** What is known of a permission. */
export type Verdict = "allowed" | "denied" | "unknown" | "not_possible";

/** What an action is needed for. */
export type NeededFor = "issue" | "renew" | "revoke" | "optional";

/** What is known of one action. */
export type Probe = {
  /** `iam:CreateUser` */
  action: string,
  /** The ARN it is needed on. */
  resource: string,
  /** What for. */
  needed_for: NeededFor,
  /** What is known. */
  verdict: Verdict,
  /** How it is known, or why it is not. */
  note: string,
};

/** The steps of a canary. */
export type CanaryStepName = "issue" | "renew" | "revoke";

/** One step of a canary. */
export type CanaryStep = {
  /** What it does. */
  step: CanaryStepName,
  /** Why it failed, where it did. */
  problem: Problem | null,
};

/** The whole life of one lease with a key nobody saw. */
export type Canary = {
  /** When it flew. */
  at: string,
  /** The IAM user it made. */
  user_name: string,
  /** Its lease in the ledger, whose clean-up is retried like any other. */
  lease_id: string,
  /** In order. */
  steps: Array<CanaryStep>,
  /** Everything went well and nothing is left. */
  passed: boolean,
};

/** What is known of a connection's permissions for one dynamic secret. */
export type Preflight = {
  /** When it was looked at. */
  at: string,
  /** Who asked AWS: the managing user. */
  caller_arn: string,
  /** Action by action. */
  probes: Array<Probe>,
  /** The last canary of this recipe, where there was one. */
  canary: Canary | null,
  /** Whether a lease could be issued. */
  issue: Verdict,
  /** Whether it could be renewed. */
  renew: Verdict,
  /** Whether it could be revoked. While this is `denied`, issuing needs an explicit override. */
  revoke: Verdict,
  /** A policy with the statements that the managing user lacks, as indented JSON, where something
   * needed is denied.
   */
  missing: string | null,
  /** The recipe was edited since: the answer may not hold any more. */
  outdated: boolean,
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
  /** Somebody pinned it: it stands before the others. */
  pinned: boolean,
  /** The last pre-flight, where there was one. */
  preflight: Preflight | null,
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
  /** Ids whose access AWS confirmed ended: the user is gone, or the session is denied everything. */
  revoked: Array<string>,
  /** Ids of sessions that had ended by themselves. */
  ended: Array<string>,
  /** The rest, which is retried without end. */
  pending: Array<PendingRevoke>,
  /** Ids on which no work had begun when the rest was called off; they are as they were. */
  untouched: Array<string>,
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

/** What was found of one lease. */
export type Found = {
  /** The lease. */
  lease_id: string,
  /** Its dynamic secret. */
  secret: string,
  /** Its IAM user. */
  user_name: string,
  /** How it stands. */
  standing: Standing,
  /** In sentences. */
  findings: Array<string>,
};

/** A connection that could not be asked for something. */
export type ConnectionProblem = {
  /** Its name. */
  connection: string,
  /** Why, and what would help. */
  problem: Problem,
};

/** Whose an IAM user without a lease is. */
export type Origin = "ours" | "other_installation" | "foreign";

/** An IAM user under a connection's paths that no lease knows. */
export type OrphanView = {
  /** Name of the connection it was found over. */
  connection: string,
  /** The AWS account. */
  account_id: string,
  /** Its name. */
  user_name: string,
  /** AWS's unique id (`AIDA…`). */
  user_id: string,
  /** Its ARN. */
  user_arn: string,
  /** Its IAM path. */
  iam_path: string,
  /** AWS's time of its creation. */
  created_at: string,
  /** Whose it is. */
  origin: Origin,
  /** The installation whose guards it carries. */
  installation: string | null,
  /** Its earliest dated guard: from then on AWS denies its keys. */
  expires_at: string | null,
};

/** Orphans, and the connections that could not be asked for them. */
export type OrphanList = {
  /** Ours first. */
  orphans: Array<OrphanView>,
  /** `iam:ListUsers` is an optional permission; where it is missing, this says so. */
  problems: Array<ConnectionProblem>,
};

/** What a comparison of the ledger with its accounts found. */
export type ReconcileReport = {
  /** Leases that were compared. */
  looked_at: number,
  /** Those that were not simply as recorded. */
  found: Array<Found>,
  /** Connections that could not be asked, or only in part. */
  problems: Array<ConnectionProblem>,
  /** Users under our paths that no lease knows. */
  orphans: Array<OrphanView>,
};

/** How something went. */
export type Outcome = "begun" | "done" | "failed" | "alarm";

/** One AWS call in the activity log. */
export type ActivityCall = {
  /** `iam:CreateUser` */
  action: string,
  /** `user/name`, an ARN, … */
  resource: string | null,
  /** AWS's error code; none when AWS did it. */
  code: string | null,
  /** AWS's request id, as CloudTrail has it. */
  request_id: string | null,
};

/** One line of the activity log. Never a secret. */
export type ActivityEntry = {
  /** Its place in the log, from 1, without gaps. */
  seq: number,
  /** When it was written, by this computer's clock. */
  at: string,
  /** What it is about: one of the words of [`ActivityKind`], such as `lease.active`. */
  kind: string,
  /** Who did it: `window`, `cli`, `timer`, … */
  actor: string,
  /** How it went. */
  outcome: Outcome,
  /** The lease, where it is about one. */
  lease_id: string | null,
  /** Name of the dynamic secret, where it is about one. */
  secret: string | null,
  /** Id of the dynamic secret; none in lines from before it was noted. */
  secret_id: string | null,
  /** Name of the connection, where it is about one. */
  connection: string | null,
  /** The AWS account, where it is about one. */
  account_id: string | null,
  /** A sentence. */
  text: string,
  /** What was asked of AWS since the line before of the same work, with AWS's request ids. */
  calls: Array<ActivityCall>,
  /** SHA-256 over this line and the hash of the one before, in hexadecimal. */
  hash: string,
};

/** Lines of the log, newest first. */
export type ActivityPage = {
  /** At most as many as were asked for. */
  entries: Array<ActivityEntry>,
  /** Ask for lines before this one to go on; none at the end. */
  before: number | null,
};

/** Which lines to list. */
export type ActivityQuery = {
  /** Not older than this. */
  since: string | null,
  /** Not newer than this. */
  until: string | null,
  /** Only of this lease. */
  lease_id: string | null,
  /** Only over this connection (its name). */
  connection: string | null,
  /** Only of dynamic secrets of this name. */
  secret: string | null,
  /** Only of this dynamic secret (its id), whatever others are called. */
  secret_id: string | null,
  /** Only with these outcomes; all when empty. */
  outcomes: Array<Outcome>,
  /** Only with this text somewhere in it: words, user names, request ids. */
  search: string | null,
  /** Only lines before this one. */
  before: number | null,
  /** At most so many, 1 to 1000; 100 where nothing is said. */
  limit: number | null,
};

/** A line that is not as it was written. */
export type ActivityFault = {
  /** The line. */
  seq: number,
  /** Edited, removed, added or moved. */
  text: string,
};

/** What a check of the whole log found. */
export type ActivityCheck = {
  /** Lines that were looked at. */
  entries: number,
  /** Hash of the newest line: keep it elsewhere to be sure that none was taken from the end. */
  head: string,
  /** The first line that is not as it was written, and how, where there is one. */
  fault: ActivityFault | null,
};

/** Where the kit is kept up to date, and how that goes. */
export type BreakGlassKept = {
  /** The folder. */
  folder: string,
  /** When it was last written there; none where it is not there. */
  written_at: string | null,
  /** Why the last try failed, where it did. */
  problem: Problem | null,
};

/** What ends every open lease from any other machine. No secret is in it. */
export type BreakGlassKit = {
  /** A POSIX shell script that needs the AWS CLI version 2 and nothing else. */
  script: string,
  /** The same leases for a person to read, as Markdown. */
  list: string,
  /** How many leases it ends. */
  leases: number,
};

/** Where a kit was written. */
export type BreakGlassFiles = {
  /** Path of the script. */
  script: string,
  /** Path of the list. */
  list: string,
  /** How many leases it ends. */
  leases: number,
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

/** This computer's clock is wrong, as one connection measured it. Leases end on AWS's time all the
 * same.
 */
export type ClockOff = {
  /** The connection's name. */
  connection: string,
  /** AWS's clock minus this computer's, in milliseconds. */
  clock_offset_ms: number,
};

/** Where a certificate comes from. */
export type GatewayTls = "none" | "own" | "files";

/** What is chosen for the gateway that the window serves. */
export type GatewaySettings = {
  /** It is switched on, and served while the window's process runs. */
  on: boolean,
  /** Addresses with ports; none: only the socket. */
  listen: Array<string>,
  /** A Unix socket: `usual` for the one in the home's own folder, a whole path, or nothing for none. */
  socket: string,
  /** Where the certificate for the addresses comes from. */
  tls: GatewayTls,
  /** A PEM file with the certificate; counts with `files`. */
  tls_cert: string,
  /** A PEM file with its private key; counts with `files`. */
  tls_key: string,
  /** Names besides the addresses that callers know this computer by. */
  names: Array<string>,
};

/** The process of this home that serves the gateway. */
export type GatewayServing = {
  /** `window`, or `gateway` for the command. */
  by: string,
  /** Its process id. */
  pid: number,
  /** Where it listens. */
  urls: Array<string>,
  /** SHA-256 of its certificate, where it has one. */
  certificate_sha256: string | null,
  /** Since when. */
  since: string,
};

/** The gateway in one screen of everything. */
export type GatewayStatus = {
  /** The window is to serve it. */
  on: boolean,
  /** Who serves it now. */
  serving: GatewayServing | null,
  /** Identities that wait to be let in. */
  waiting: number,
};

/** How the window's gateway is. */
export type GatewayState = { "state": "off" } | { "state": "starting" } | { "state": "listening",
  /** Where. */
  urls: Array<string>,
  /** SHA-256 of its certificate, where it has one. */
  certificate_sha256: string | null,
  /** Since when. */
  since: string, } | { "state": "stopping" } | { "state": "elsewhere",
  /** The same in a sentence, and what to do. */
  problem: Problem,
  /** Which one. */
  serving: GatewayServing,
  /** When it is tried again. */
  retry_at: string | null, } | { "state": "failed",
  /** Why, and what to do. */
  problem: Problem,
  /** When it is tried again. */
  retry_at: string | null,
};

/** The window's gateway. */
export type GatewayView = {
  /** What is chosen. */
  settings: GatewaySettings,
  /** How it is. */
  state: GatewayState,
  /** The socket that `usual` means; none where this system has none. */
  usual_socket: string | null,
};

/** A text that makes a client use the gateway. */
export type ClientHelp = {
  /** A word for it that stays. */
  id: string,
  /** What it is for. */
  title: string,
  /** The text, to be copied. */
  text: string,
  /** What else to know. */
  note: string | null,
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
  /** The connection whose clock is farthest from this computer's, where that is more than two
   * minutes. Practice accounts do not count.
   */
  clock_off: ClockOff | null,
  /** Connections. */
  connections: number,
  /** When the oldest managing key was added here. */
  oldest_key_at: string | null,
  /** How the keychain answers. */
  keychain: KeychainView,
  /** Something that must be seen: a damaged file kept aside at start, a break-glass kit that is
   * not up to date.
   */
  notice: Problem | null,
  /** Where the break-glass kit is kept, where somebody chose a folder. */
  break_glass: BreakGlassKept | null,
  /** The gateway, and who waits at it. */
  gateway: GatewayStatus,
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
  /** Notify when an identity waits to be let in or comes for the first time, and before an auth method ends. */
  notify_access: boolean,
  /** Seconds until a copied secret leaves the clipboard, 5 to 600. */
  clipboard_seconds: number,
  /** Folder where the break-glass kit is kept up to date; none when empty. */
  break_glass_folder: string,
  /** `leasehold credentials` hands a kept key out again while at least so many percent of its
   * lease's time are left, 0 to 90.
   */
  reuse_share: number,
  /** Minutes after which the hidden window gives its memory back, 1 to 1440; never when 0. */
  unload_after_minutes: number,
  /** Quiet hours begin at this time of the day where this computer is, `22:00`; none when empty. */
  quiet_from: string,
  /** They end at this time, which may be on the next day. */
  quiet_until: string,
  /** Notifications name no secret, environment, account or label: a lock screen may show them. */
  hide_names: boolean,
  /** Days after which a managing key is called old, 1 to 3650; never when 0. */
  key_age_days: number,
  /** The command that opens the AWS console, `firefox --private-window`; the system's browser when
   * empty. `{}` in it stands for the address, which comes last otherwise.
   */
  console_browser: string,
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
  lease: LeaseView, } | { "kind": "not_usable",
  /** The lease. */
  lease_id: string,
  /** What was seen, and what to do. */
  problem: Problem, } | { "kind": "lease_expiring",
  /** The lease. */
  lease: LeaseView,
  /** The lead time that was reached. */
  minutes: number, } | { "kind": "revoke_failed",
  /** The lease. */
  lease: LeaseView, } | { "kind": "bulk_progress",
  /** Chosen by the caller. */
  request_id: string,
  /** Leases that were asked for. */
  total: number,
  /** Of those: AWS confirmed the end. */
  revoked: number,
  /** Of those: tried, and to be tried again. */
  pending: number,
  /** Of those: called off before work on them began. */
  untouched: number, } | { "kind": "alarm",
  /** The lease. */
  lease: LeaseView, } | { "kind": "reconciled",
  /** Name of the connection. */
  connection: string, } | { "kind": "activity_changed" } | { "kind": "login_needed",
  /** The connection's name. */
  connection: string,
  /** What to do. */
  problem: Problem, } | { "kind": "rotation_progress",
  /** The connection's name. */
  connection: string,
  /** The step that is done next, as in [`super::RotationView`]. */
  step: string, } | { "kind": "catalog_changed" } | { "kind": "clock_moved",
  /** The connection's name. */
  connection: string,
  /** The new offset in milliseconds. */
  clock_offset_ms: number, } | { "kind": "settings_changed" } | { "kind": "access_changed" };
  
  /** A name of a sub-claim. */
  export type ClaimKey = "account_id" | "arn" | "canonical_arn" | "partition" | "principal_type" | "role_name" | "role_id" | "resource_id" | "user_name" | "user_id" | "client_ip";
  
  /** What a rule grants, by the names that Akeyless uses. */
  export type Capability = "create" | "read" | "update" | "delete" | "list" | "deny";
  
  /** What a caller wants to do. */
  export type Action = "list" | "issue" | "renew" | "revoke_own" | "revoke_other";
  
  /** The form of an auth method, as typed. Names of fields are those of the command line with `_`. */
  export type AuthMethodDraft = {
  /** `/ci/aws`: folders and a name. */
  name: string,
  /** A note. */
  description: string,
  /** Unix seconds; 0 is never. */
  access_expires: number,
  /** Days before the expiry. */
  expiration_event_in: Array<number>,
  /** CIDR blocks, addresses, `unix`. */
  bound_ips: Array<string>,
  /** CIDR blocks of trusted gateways. */
  gw_bound_ips: Array<string>,
  /** Names of sub-claims. */
  audit_logs_claims: Array<string>,
  /** At least one. */
  bound_aws_account_id: Array<string>,
  /** With `*` and `?`; one ARN each. */
  bound_arn: Array<string>,
  /** One name each. */
  bound_role_name: Array<string>,
  /** `AROA…` */
  bound_role_id: Array<string>,
  /** Names of sessions; one each. */
  bound_resource_id: Array<string>,
  /** One name each. */
  bound_user_name: Array<string>,
  /** `AIDA…` */
  bound_user_id: Array<string>,
  /** `us-east-?` */
  bound_sts_region: Array<string>,
  /** Empty is `https://sts.amazonaws.com`. */
  sts_url: string,
  /** The STS endpoint is in a private network, and that is meant. */
  sts_url_private: boolean,
  /** The STS endpoint is on this computer, for trying things out. */
  insecure_dev_sts: boolean,
  /** Name of a sub-claim, or empty. */
  unique_identifier: string,
  /** Role associations must ask for sub-claims. */
  force_sub_claims: boolean,
  /** Minutes; 0 is the vault's default. */
  jwt_ttl: number,
  /** It cannot be deleted. */
  delete_protection: boolean,
  /** Cloud identities must be signed for this vault. */
  require_audience: boolean,
  /** Ask the owner about every identity that they have not allowed yet. */
  ask_first: boolean,
};

/** An auth method. */
export type AuthMethodView = {
  /** What callers name it by. Not a secret. */
  access_id: string,
  /** Folder and name. */
  name: string,
  /** `aws_iam` */
  access_type: string,
  /** It is switched on. */
  enabled: boolean,
  /** Its time is over. */
  expired: boolean,
  /** When it stops working by itself. */
  expires_at: string | null,
  /** That is within a week, or within the days before it at which its owner wants to be told. */
  expires_soon: boolean,
  /** Who asserts its identities, where that is not AWS: never to be overlooked. */
  banner: string | null,
  /** The form. */
  method: AuthMethodDraft,
  /** Names of the access roles that it leads to. */
  roles: Array<string>,
  /** What is valid and may still surprise. */
  notices: Array<string>,
  /** What today's rules refuse about it; while there is anything here, nobody logs in by it. */
  problems: Array<Problem>,
  /** Leases that are not at rest and were made for its identities. */
  open_leases: number,
  /** When it was made. */
  created_at: string,
  /** When it was last changed. */
  updated_at: string,
};

/** What would be refused about a draft, and what may surprise. Nothing is kept. */
export type AuthMethodCheck = {
  /** Every problem, each with its field, the rule and the fix. */
  problems: Array<Problem>,
  /** What is valid and may still surprise; none while there are problems. */
  notices: Array<string>,
  /** Who asserts its identities, where that is not AWS. */
  banner: string | null,
};

/** A method that ends soon. */
export type ExpiryNotice = {
  /** The method. */
  access_id: string,
  /** Its folder and name. */
  name: string,
  /** When it stops working. */
  expires_at: string,
  /** A sentence. */
  text: string,
};

/** A rule. */
export type RuleView = {
  /** Where. */
  path: string,
  /** What. */
  capabilities: Array<Capability>,
};

/** A way from an auth method to a role. */
export type AssociationView = {
  /** Access id of the method. */
  access_id: string,
  /** Its folder and name. */
  auth_method: string,
  /** What the sub-claims must be; all of them. */
  sub_claims: { [key in string]: string },
  /** Whether case counts. */
  case_sensitive: boolean,
};

/** An access role. */
export type RoleView = {
  /** Its name. */
  name: string,
  /** A note. */
  description: string,
  /** What it allows where. */
  rules: Array<RuleView>,
  /** Who gets it. */
  associations: Array<AssociationView>,
  /** What is valid and may still surprise. */
  notices: Array<string>,
  /** When it was made. */
  created_at: string,
};

/** Who can do something at a path, by one rule. */
export type WhoView = {
  /** The role. */
  role: string,
  /** The rule's path. */
  path: string,
  /** What it allows there; empty where it denies. */
  actions: Array<Action>,
  /** It takes everything away. */
  denies: boolean,
  /** The sub-claim that the path depends on: it is about callers whose own value fits. */
  depends_on: ClaimKey | null,
  /** Who gets the role. */
  who: Array<AssociationView>,
};

/** Who reaches a dynamic secret of today. */
export type ReachView = {
  /** Its id. */
  secret_id: string,
  /** Its path. */
  path: string,
  /** Every rule that is, or for some caller may be, about it; what denies comes first. */
  ways: Array<WhoView>,
};

/** A session. */
export type SessionView = {
  /** A short name that is no secret. */
  id: string,
  /** Access id of the method. */
  access_id: string,
  /** Its folder and name. */
  auth_method: string,
  /** Who. */
  arn: string,
  /** The id that stays with the role or user; empty where the session cannot be read. */
  stable_id: string,
  /** Where the login came from. */
  client: string,
  /** The gateway that was believed about that. */
  gateway: string | null,
  /** When it began. */
  issued_at: string,
  /** When it ends by itself. */
  expires_at: string,
  /** Leases of its identity that are not at rest. */
  open_leases: number,
};

/** Somebody who came to an auth method, and what the owner said. */
export type ApprovalView = {
  /** What it is answered by. */
  id: string,
  /** Where it stands: `seen`, `asked`, `once`, `used` (the one login was made), `always`, `denied`. */
  standing: string,
  /** Access id of the method. */
  access_id: string,
  /** Its folder and name. */
  auth_method: string,
  /** The ARN at the last login. */
  arn: string,
  /** The id that stays with the role or user; what is answered is kept under it. */
  stable_id: string,
  /** The pinned endpoint that asserted it, if not AWS. */
  asserted_by: string | null,
  /** When it came first. */
  first_seen_at: string,
  /** When it came last. */
  last_seen_at: string,
  /** Its leases by this method that are not at rest. */
  open_leases: number,
};

/** What an owner is told at once. */
export type AccessNews = { "kind": "asked",
  /** Who. */
  approval: ApprovalView, } | { "kind": "answered",
  /** The id of the approval. */
  id: string, } | { "kind": "first_seen",
  /** Who. */
  approval: ApprovalView, } | { "kind": "method_expires",
  /** Which, and when. */
  notice: ExpiryNotice,
};

/** Reasons, as the audit and the owner see them. A code is never renamed. */
export type Reason = "too_large" | "not_base64" | "not_json" | "duplicate_key" | "unknown_key" | "missing_key" | "wrong_type" | "security_token_null" | "wrong_method" | "wrong_url" | "unknown_host" | "wrong_body" | "bad_header" | "duplicate_header" | "host_mismatch" | "missing_header" | "bad_authorization" | "bad_signed_headers" | "header_not_signed" | "unexpected_signed_header" | "signed_header_missing" | "wrong_service" | "scope_date_mismatch" | "region_mismatch" | "session_token_missing" | "audience_missing" | "wrong_audience" | "too_old" | "from_the_future" | "replayed" | "seen_unavailable" | "unknown_access_id" | "method_disabled" | "method_expired" | "client_ip_not_bound" | "region_not_bound" | "sts_signature" | "sts_request_expired" | "sts_credentials_expired" | "sts_key_unknown" | "sts_refused" | "sts_busy" | "sts_unreachable" | "sts_untrusted" | "sts_answer_invalid" | "identity_inconsistent" | "account_not_bound" | "arn_not_bound" | "principal_not_bound" | "role_name_not_bound" | "role_id_not_bound" | "resource_id_not_bound" | "user_name_not_bound" | "user_id_not_bound" | "asked_and_waiting" | "asked_and_denied" | "rate_limited" | "forwarding_malformed" | "token_unknown" | "token_expired" | "token_outdated";

/** What is checked, in this order; the first failure is the reason. */
export type Bound = "enabled" | "access_expires" | "bound_ips" | "bound_sts_region" | "bound_aws_account_id" | "bound_arn" | "principal" | "bound_role_name" | "bound_role_id" | "bound_resource_id" | "bound_user_name" | "bound_user_id";

/** How a check ended. */
export type BoundOutcome = "pass" | "fail" | "open" | "not_concerned";

/** One check. */
export type BoundCheck = {
  /** What was checked. */
  bound: Bound,
  /** How it ended. */
  outcome: BoundOutcome,
  /** A sentence. */
  why: string,
};

/** One sub-claim of an association against an identity. */
export type ClaimCheck = {
  /** Its name. */
  claim: ClaimKey,
  /** Whether it is met. */
  pass: boolean,
  /** A sentence. */
  why: string,
};

/** Whether an association holds. */
export type AssociationCheck = {
  /** Whether the role is got. */
  holds: boolean,
  /** A sentence. */
  why: string,
  /** Every sub-claim. */
  claims: Array<ClaimCheck>,
};

/** What a rule did to a question. */
export type RuleEffect = "denies" | "allows" | "too_little" | "not_concerned";

/** What one rule said. */
export type RuleCheck = {
  /** The role. */
  role: string,
  /** The rule's path. */
  path: string,
  /** What it did. */
  effect: RuleEffect,
  /** A sentence. */
  why: string,
};

/** Whether something may be done, and what every rule said. */
export type Decision = {
  /** The verdict. */
  allowed: boolean,
  /** A sentence. */
  why: string,
  /** Every rule of every role. */
  rules: Array<RuleCheck>,
};

/** A role, and whether somebody gets it. */
export type RoleTest = {
  /** The role. */
  role: string,
  /** Whether, and why. */
  association: AssociationCheck,
  /** What it allows where. */
  rules: Array<RuleView>,
};

/** An action, and whether it is allowed. */
export type ActionTest = {
  /** The action. */
  action: Action,
  /** Where. */
  path: string,
  /** Whether, and every rule. */
  decision: Decision,
};

/** An identity tried on an auth method: every bound and rule, pass or fail, and why. */
export type TestView = {
  /** Access id of the method. */
  access_id: string,
  /** Its folder and name. */
  auth_method: string,
  /** Whether it would be let in. */
  accepted: boolean,
  /** Why not, by its code. */
  reason: Reason | null,
  /** The same as a sentence. */
  why: string,
  /** Its sub-claims, once it is known who it is. */
  claims: { [key in ClaimKey]?: string },
  /** Every bound. */
  checks: Array<BoundCheck>,
  /** Every role that the method leads to. */
  roles: Array<RoleTest>,
  /** What it could do at the path that was asked about. */
  decisions: Array<ActionTest>,
};
