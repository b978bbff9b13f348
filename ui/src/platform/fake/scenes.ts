// Believable states to start the fake desktop in: a bare machine, an ordinary day, a bad one.
import type {
  AwsProfileView,
  ClockOff,
  ConnectionProblem,
  ConnectionView,
  EnvironmentView,
  LeaseView,
  OrphanView,
  Problem,
  SecretDraft,
  SecretView,
} from '../../api/types';
import { parseTtl } from '../../time/ttl';
import { typeOf } from '../../words/draft';
import { cleanupOf, mayNotList, orphansFound } from './care';
import { preflightOf } from './preflight';
import { problem } from './rules';
import { codeNeeded, loginEnded, PROFILES } from './sources';
import { sessionOf, withSessions } from './sessions';
import { hardWords } from './words';

export const SCENES = [
  'first',
  'empty',
  'full',
  'trouble',
  'alarms',
  'clock',
  'denied',
  'tampered',
  'removed',
  'words',
  'waiting',
  'many',
  'history',
  'sources',
  'sessions',
] as const;
export type SceneName = (typeof SCENES)[number];

export interface Scene {
  environments: EnvironmentView[];
  connections: ConnectionView[];
  secrets: SecretView[];
  leases: LeaseView[];
  keychainProblem: Problem | null;
  notice: Problem | null;
  clockOff: ClockOff | null;
  /** Users that no lease knows. */
  orphans: OrphanView[];
  /** Connections that cannot be asked for them. */
  cannotAsk: ConnectionProblem[];
  /** Actions that AWS denies the managing user. */
  denied: string[];
  /** What somebody did to a line of the activity log. */
  tampering: 'edited' | 'removed' | null;
  /** A log of 100,000 lines. */
  longLog: boolean;
  /** Of the AWS configuration. */
  profiles: AwsProfileView[];
  /** Those whose log-in has ended. */
  endedLogins: string[];
}

const nothingFound = (): Pick<
  Scene,
  | 'clockOff'
  | 'orphans'
  | 'cannotAsk'
  | 'denied'
  | 'tampering'
  | 'longLog'
  | 'profiles'
  | 'endedLogins'
> => ({
  clockOff: null,
  orphans: [],
  cannotAsk: [],
  denied: [],
  tampering: null,
  longLog: false,
  profiles: PROFILES,
  endedLogins: [],
});

const MINUTE = 60_000;
const DAY = 86_400_000;
const iso = (at: number) => new Date(at).toISOString();

export function draftOf(over: Partial<SecretDraft>): SecretDraft {
  return {
    name: '',
    environment: 'development',
    folder: '/',
    connection: '',
    default_ttl: '1h',
    max_ttl: '8h',
    region: 'us-east-1',
    credential_type: 'iam_user',
    role_arn: '',
    external_id: '',
    iam_path: '/leases/',
    permission_boundary: '',
    groups: [],
    policy_arns: [],
    policy_documents: [],
    username_template: '{{randomUsername}}',
    tags: [],
    ...over,
  };
}

export function connectionOf(now: number, over: Partial<ConnectionView>): ConnectionView {
  const account = over.account_id ?? '123456789012';
  return {
    id: `c-${over.name ?? 'x'}`,
    name: 'acme-dev',
    kind: over.practice ? 'practice' : 'access_key',
    practice: false,
    access_key_id: 'AKIAIOSFODNN7EXAMPLE',
    key_added_at: over.practice ? null : iso(now - 41 * DAY),
    key_rotated_at: null,
    profile: null,
    role_arn: null,
    from: null,
    external_id: null,
    mfa_serial: null,
    session_name: null,
    session_seconds: null,
    session_ends_at: null,
    rotation: null,
    region: 'eu-central-1',
    endpoint_url: null,
    account_id: account,
    partition: 'aws',
    caller_arn: `arn:aws:iam::${account}:user/leasehold-manager`,
    verified_at: iso(now - 4 * MINUTE),
    created_at: iso(now - 41 * DAY),
    clock_offset_ms: 0,
    secrets: 0,
    open_leases: 0,
    problem: null,
    ...over,
  };
}

export const practiceConnection = (now: number, name: string): ConnectionView =>
  connectionOf(now, {
    id: `c-${name}`,
    name,
    practice: true,
    access_key_id: null,
    region: 'us-east-1',
    account_id: '000000000000',
    caller_arn: 'arn:aws:iam::000000000000:user/leasehold-practice',
    created_at: iso(now),
    verified_at: iso(now),
  });

export function secretOf(
  now: number,
  connection: ConnectionView,
  draft: Partial<SecretDraft>,
): SecretView {
  return {
    id: `s-${draft.name ?? 'x'}`,
    draft: draftOf({ connection: connection.name, region: connection.region, ...draft }),
    account_id: connection.account_id,
    practice: connection.practice,
    created_at: iso(now - 20 * DAY),
    updated_at: iso(now - 2 * DAY),
    deleting: false,
    pinned: false,
    preflight: null,
    open_leases: 0,
    active_leases: 0,
    next_issued_at: null,
    next_expires_at: null,
    clock_offset_ms: connection.clock_offset_ms,
  };
}

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ234567abcdefghijkmnopqrstuvwxyz';

/** Letters that look random and are the same in every run. */
export function letters(seed: number, count: number, alphabet = ALPHABET): string {
  let state = (seed * 2_654_435_761) % 4_294_967_296;
  let text = '';
  for (let index = 0; index < count; index += 1) {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    text += alphabet[Math.floor((state / 4_294_967_296) * alphabet.length)] ?? 'x';
  }
  return text;
}

export const UPPER = 'ABCDEFGHJKLMNPQRSTUVWXYZ234567';

export function leaseOf(
  seed: number,
  secret: SecretView,
  issuedAt: number,
  over: Partial<LeaseView> = {},
): LeaseView {
  const ttl = (parseTtl(secret.draft.default_ttl) ?? 3600) * 1000;
  const most = (parseTtl(secret.draft.max_ttl) ?? 28_800) * 1000;
  const ofUser = typeOf(secret.draft) === 'iam_user';
  return {
    id: `l-${seed}`,
    secret: secret.draft.name,
    secret_id: secret.id,
    environment: secret.draft.environment,
    folder: secret.draft.folder,
    state: 'active',
    end_reason: null,
    connection: secret.draft.connection,
    practice: secret.practice,
    account_id: secret.account_id,
    partition: 'aws',
    region: secret.draft.region,
    ...sessionOf(secret, iso(issuedAt + ttl)),
    iam_path: secret.draft.iam_path,
    user_name: `lh-${secret.draft.name}-${letters(seed, 10)}`,
    user_id: `${ofUser ? 'AIDA' : 'AROA'}${letters(seed + 1, 17, UPPER)}`,
    access_key_id: `${ofUser ? 'AKIA' : 'ASIA'}${letters(seed + 2, 16, UPPER)}`,
    label: null,
    requested_by: 'window',
    created_at: iso(issuedAt - 400),
    issued_at: iso(issuedAt),
    expires_at: iso(issuedAt + ttl),
    max_expires_at: iso(issuedAt + (ofUser ? most : ttl)),
    default_ttl: secret.draft.default_ttl,
    cut_at: null,
    ended_at: null,
    usable_after_ms: 4200,
    cleanup: null,
    next_attempt_at: null,
    attempts: 0,
    reason: null,
    hint: null,
    alarm: null,
    kept: false,
    end_asked_at: null,
    for_command: false,
    abandoned: false,
    reconciled_at: null,
    standing: null,
    findings: [],
    clock_offset_ms: secret.clock_offset_ms,
    ...over,
  };
}

const ended = (at: number, reason: LeaseView['end_reason']): Partial<LeaseView> => ({
  state: reason === 'issue_failed' ? 'failed' : 'revoked',
  end_reason: reason,
  cut_at: iso(at),
  ended_at: iso(at + 2000),
});

const environments = (): EnvironmentView[] =>
  ['development', 'staging', 'production'].map((name) => ({ id: `e-${name}`, name, secrets: 0 }));

const PUT_OBJECTS = `{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": ["s3:PutObject"],
      "Resource": "arn:aws:s3:::payments-inbox/*" }
  ]
}`;

function ordinaryDay(now: number): Scene {
  const acme = connectionOf(now, { name: 'acme-dev', clock_offset_ms: 3000 });
  const practice = {
    ...practiceConnection(now - 6 * DAY, 'practice'),
    clock_offset_ms: 60 * MINUTE,
  };
  const boundary = 'arn:aws:iam::123456789012:policy/lease-boundary';
  const upload = secretOf(now, acme, {
    name: 's3-upload',
    folder: '/payments',
    iam_path: '/leases/payments/',
    permission_boundary: boundary,
    policy_arns: [
      'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess',
      'arn:aws:iam::123456789012:policy/payments-upload',
    ],
    policy_documents: [PUT_OBJECTS],
    tags: [{ key: 'team', value: 'payments' }],
  });
  const ledger = secretOf(now, acme, {
    name: 'ledger-read',
    folder: '/payments',
    default_ttl: '30m',
    max_ttl: '2h',
    permission_boundary: boundary,
    policy_arns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  });
  const lambda = secretOf(now, acme, {
    name: 'deploy-lambda',
    default_ttl: '15m',
    max_ttl: '1h',
    groups: ['deployers'],
    policy_documents: [PUT_OBJECTS],
  });
  const tryMe = secretOf(now, practice, {
    name: 'try-me',
    default_ttl: '10m',
    max_ttl: '1h',
    policy_arns: ['arn:aws:iam::aws:policy/job-function/ViewOnlyAccess'],
  });
  const nightly = secretOf(now, acme, {
    name: 'nightly-export',
    environment: 'production',
    folder: '/reports',
    default_ttl: '2h',
    max_ttl: '12h',
    permission_boundary: boundary,
    policy_arns: ['arn:aws:iam::aws:policy/AmazonAthenaFullAccess'],
  });
  upload.preflight = preflightOf(upload, [], now - 3 * 60 * MINUTE, now - 3 * 60 * MINUTE);
  ledger.preflight = {
    ...preflightOf(ledger, ['iam:ListUsers'], now - 4 * DAY, null),
    outdated: true,
  };
  const leases = [
    leaseOf(11, upload, now - 51 * MINUTE, { label: 'inbox back-fill, ticket PAY-1182' }),
    leaseOf(14, upload, now - 12 * MINUTE, { requested_by: 'cli', kept: true }),
    leaseOf(17, ledger, now - 9 * MINUTE),
    leaseOf(31, tryMe, now + 60 * MINUTE - 4 * MINUTE),
    leaseOf(20, lambda, now - 74 * MINUTE, ended(now - 60 * MINUTE, 'by_us')),
    leaseOf(23, upload, now - 190 * MINUTE, ended(now - 130 * MINUTE, 'expired')),
    leaseOf(26, ledger, now - 26 * 60 * MINUTE, ended(now - 25.5 * 60 * MINUTE, 'gone_outside')),
  ];
  return {
    environments: environments(),
    connections: [acme, practice],
    secrets: [upload, ledger, lambda, tryMe, nightly],
    leases,
    keychainProblem: null,
    notice: null,
    ...nothingFound(),
  };
}

function badDay(now: number): Scene {
  const scene = ordinaryDay(now);
  const [acme] = scene.connections;
  const lambda = scene.secrets.find((secret) => secret.draft.name === 'deploy-lambda');
  const upload = scene.secrets.find((secret) => secret.draft.name === 's3-upload');
  if (!acme || !lambda || !upload) return scene;
  acme.problem = problem(
    'aws_unreachable',
    'AWS did not answer at iam.amazonaws.com within 10 s.',
    'Check the network, then check the connection again.',
  );
  const blocked = {
    state: 'access-cut' as const,
    end_reason: 'by_us' as const,
    cut_at: iso(now - 33 * MINUTE),
    cleanup: cleanupOf(3, 'failed', { by: 'login profile', action: 'iam:DeleteLoginProfile' }),
    attempts: 4,
    next_attempt_at: iso(now + 7 * MINUTE),
    reason: 'AWS refuses iam:DeleteUser: the user has a login profile (DeleteConflict).',
    hint: 'Allow iam:DeleteLoginProfile on arn:aws:iam::123456789012:user/leases/*, or delete the login profile in the console.',
  };
  scene.leases.unshift(
    leaseOf(41, lambda, now - 52 * MINUTE, blocked),
    leaseOf(44, upload, now - 70 * MINUTE, {
      state: 'revoking',
      end_reason: 'expired',
      attempts: 2,
      next_attempt_at: iso(now + 90_000),
      cleanup: cleanupOf(0, 'failed'),
      reason: 'AWS could not be reached.',
      hint: 'It is tried again by itself. AWS denies the key since its expiry in any case.',
    }),
    leaseOf(47, upload, now - 20 * MINUTE, {
      alarm:
        'AWS has put AWSCompromisedKeyQuarantineV3 on this user: its key was found in a public place.',
    }),
    leaseOf(50, lambda, now - 300 * MINUTE, {
      ...ended(now - 299 * MINUTE, 'issue_failed'),
      issued_at: null,
      access_key_id: null,
      reason: 'The group deployers does not exist (NoSuchEntity).',
      hint: 'Correct the group of deploy-lambda.',
    }),
    leaseOf(53, lambda, now - 3 * DAY, {
      state: 'forgotten',
      ended_at: iso(now - 2 * DAY),
      reason: 'Given up by a person; the user may still exist.',
    }),
  );
  scene.keychainProblem = problem(
    'keychain_locked',
    'The OS keyring is locked.',
    'Unlock it in your desktop’s password application, or start Leasehold with --keychain file.',
  );
  scene.notice = problem(
    'store_damaged',
    'The state file was damaged and was kept aside as state.db.damaged-20261121T081500Z.',
    'Leases from before end on time. Their users can be found under their IAM paths.',
  );
  return scene;
}

/** What a look at the accounts can find, one lease each, and users that no lease knows. */
function afterALook(now: number): Scene {
  const scene = badDay(now);
  scene.keychainProblem = null;
  scene.notice = null;
  const upload = scene.secrets.find((secret) => secret.draft.name === 's3-upload');
  const ledger = scene.secrets.find((secret) => secret.draft.name === 'ledger-read');
  if (!upload || !ledger) return scene;
  for (const connection of scene.connections) connection.problem = null;
  const looked = { reconciled_at: iso(now - 6 * MINUTE) };
  for (const lease of scene.leases) {
    if (lease.id === 'l-47') {
      Object.assign(lease, looked, {
        standing: 'quarantined',
        findings: [
          'It denies what attackers do first: new users, keys and instances. It does not end the key.',
        ],
      });
    } else if (lease.state === 'active') {
      Object.assign(lease, looked, { standing: 'live' });
    }
  }
  scene.leases.unshift(
    leaseOf(61, upload, now - 25 * MINUTE, {
      ...looked,
      standing: 'foreign',
      alarm: 'Another IAM user stands under this name; nothing of it was touched.',
      findings: ['The user in AWS has the id AIDAQ3EGZ6LPEXAMPLE9, not the recorded one.'],
    }),
    leaseOf(64, ledger, now - 14 * MINUTE, {
      ...looked,
      standing: 'drifted',
      alarm: 'Somebody changed this user: an attached policy, a group.',
      findings: [
        'The policy arn:aws:iam::aws:policy/AdministratorAccess was attached.',
        'The user joined the group admins.',
      ],
    }),
    leaseOf(67, ledger, now - 11 * MINUTE, {
      ...looked,
      standing: 'put_right',
      findings: ['A second access key was found and deleted.', 'A missing guard was put back.'],
    }),
    leaseOf(70, upload, now - 40 * MINUTE, {
      ...looked,
      standing: 'ledger_behind',
      findings: ['AWS’s guard ends later than was recorded here; its end was taken over.'],
    }),
    leaseOf(73, ledger, now - 3 * MINUTE, {
      ...looked,
      standing: 'not_seen',
      findings: ['AWS does not show the user yet. It is looked at again in a few minutes.'],
    }),
    leaseOf(76, upload, now - 8 * MINUTE, { end_asked_at: iso(now - MINUTE) }),
  );
  scene.orphans = orphansFound(now);
  scene.denied = ['iam:DeleteUser'];
  const payments = connectionOf(now, {
    name: 'acme-payments-with-a-name-that-goes-on',
    account_id: '210987654321',
  });
  scene.connections.push(payments);
  scene.cannotAsk = [mayNotList(payments.name)];
  return scene;
}

/** A managing user that may make users and not remove them. */
function refusedRevoke(now: number): Scene {
  const scene = ordinaryDay(now);
  scene.denied = ['iam:DeleteUser', 'iam:ListUsers'];
  for (const secret of scene.secrets) {
    if (secret.practice) continue;
    const flown = secret.draft.name === 'deploy-lambda' ? now - 20 * MINUTE : null;
    secret.preflight = preflightOf(secret, scene.denied, now - 20 * MINUTE, flown);
    secret.preflight.outdated = secret.draft.name === 'ledger-read';
  }
  return scene;
}

/** This computer's clock runs ahead; AWS's does not. */
function wrongClock(now: number): Scene {
  const ahead = 2 * DAY + 200 * MINUTE;
  const scene = ordinaryDay(now - ahead);
  for (const list of [scene.connections, scene.secrets, scene.leases]) {
    for (const one of list) one.clock_offset_ms -= ahead;
  }
  scene.clockOff = { connection: 'acme-dev', clock_offset_ms: -ahead - MINUTE };
  return scene;
}

function manyRows(now: number): Scene {
  const scene = ordinaryDay(now);
  const [acme] = scene.connections;
  if (!acme) return scene;
  for (let index = 0; index < 120; index += 1) {
    const name =
      index === 0
        ? 'a-very-long-name-that-somebody-thought-would-explain-all-there-is'
        : `batch-worker-${index}`;
    const folder = `/batch/team-${index % 6}`;
    const secret = secretOf(now, acme, {
      name,
      folder,
      policy_arns: ['arn:aws:iam::123456789012:policy/service-role/batch-worker-with-a-long-name'],
    });
    secret.pinned = index === 7 || index === 42;
    scene.secrets.push(secret);
    scene.leases.push(
      leaseOf(1000 + index * 3, secret, now - (index % 50) * MINUTE, {
        label: index % 4 === 0 ? 'ملاحظة من اليمين إلى اليسار' : null,
      }),
    );
  }
  return scene;
}

/** An ordinary day after a long time: `ENDED` leases came to rest, one each quarter of an hour. */
const ENDED = 1200;
function longHistory(now: number): Scene {
  const scene = ordinaryDay(now);
  const secrets = scene.secrets.filter(({ practice }) => !practice);
  for (let index = 0; index < ENDED; index += 1) {
    const secret = secrets[index % secrets.length];
    if (!secret) break;
    const issued = now - DAY - index * 15 * MINUTE;
    const failed = index % 97 === 5;
    scene.leases.push(
      leaseOf(5000 + index * 3, secret, issued, {
        state: failed ? 'failed' : 'revoked',
        end_reason: failed ? 'issue_failed' : index % 3 === 0 ? 'by_us' : 'expired',
        ended_at: iso(issued + (failed ? 4000 : 40 * MINUTE)),
        label: index % 40 === 0 ? `release ${index}` : null,
        requested_by: index % 2 === 0 ? 'cli' : 'window',
      }),
    );
  }
  return scene;
}

/** An ordinary day on which a lease was made for a caller at the gateway. */
function askedFromOutside(now: number): Scene {
  const scene = ordinaryDay(now);
  const lease = scene.leases.find(({ id }) => id === 'l-17');
  if (lease) {
    lease.requested_by = 'arn:aws:sts::123456789012:assumed-role/dev-box/i-0abc1234def567890';
  }
  return scene;
}

/** Accounts reached in every way, and most of what can be the matter with one. */
function manySources(now: number): Scene {
  const scene = ordinaryDay(now);
  const [acme] = scene.connections;
  if (acme) {
    acme.key_added_at = iso(now - 12 * DAY);
    acme.key_rotated_at = acme.key_added_at;
  }
  const keyless = { access_key_id: null, key_added_at: null };
  const serial = 'arn:aws:iam::123456789012:mfa/ada';
  scene.endedLogins = ['acme-admin'];
  scene.connections.push(
    connectionOf(now, {
      ...keyless,
      name: 'admin-sso',
      kind: 'profile',
      profile: 'acme-admin',
      region: 'eu-west-1',
      caller_arn: 'arn:aws:sts::123456789012:assumed-role/AdministratorAccess/ada@acme.example',
      problem: loginEnded('acme-admin'),
    }),
    connectionOf(now, {
      ...keyless,
      name: 'ops-mfa',
      kind: 'role',
      role_arn: 'arn:aws:iam::123456789012:role/ops',
      from: 'acme-dev',
      external_id: 'house-4711',
      mfa_serial: serial,
      session_name: 'ada',
      session_seconds: 3600,
      caller_arn: 'arn:aws:sts::123456789012:assumed-role/ops/ada',
      problem: codeNeeded('ops-mfa', serial),
    }),
    connectionOf(now, {
      name: 'old-two-keys',
      account_id: '210987654321',
      key_added_at: iso(now - 400 * DAY),
      created_at: iso(now - 400 * DAY),
    }),
    connectionOf(now, {
      name: 'half-rotated',
      account_id: '310987654321',
      region: 'cn-north-1',
      partition: 'aws-cn',
      caller_arn: 'arn:aws-cn:iam::310987654321:user/leasehold-manager',
      rotation: {
        step: 'switched',
        old_access_key_id: 'AKIAIOSFODNN7EXAMPLE',
        new_access_key_id: 'AKIAI44QH8DHBEXAMPLE',
        started_at: iso(now - 7 * MINUTE),
        next_attempt_at: iso(now + 4 * MINUTE),
        problem: problem(
          'aws_unreachable',
          'AWS did not answer at iam.cn-north-1.amazonaws.com.cn within 15 s.',
          'Check the network. It is tried again by itself.',
        ),
      },
    }),
  );
  return scene;
}

export function sceneOf(name: SceneName, now: number): Scene {
  const bare: Scene = {
    environments: environments(),
    connections: [],
    secrets: [],
    leases: [],
    keychainProblem: null,
    notice: null,
    ...nothingFound(),
  };
  if (name === 'first') return bare;
  if (name === 'empty') return { ...bare, connections: [connectionOf(now, { name: 'acme-dev' })] };
  if (name === 'trouble') return badDay(now);
  if (name === 'alarms') return afterALook(now);
  if (name === 'clock') return wrongClock(now);
  if (name === 'denied') return refusedRevoke(now);
  if (name === 'tampered') return { ...ordinaryDay(now), tampering: 'edited' };
  if (name === 'words') return hardWords(now, bare);
  if (name === 'removed') return { ...ordinaryDay(now), tampering: 'removed' };
  if (name === 'history') return longHistory(now);
  if (name === 'waiting') return askedFromOutside(now);
  if (name === 'sources') return manySources(now);
  if (name === 'sessions') return withSessions(ordinaryDay(now), now);
  if (name === 'many') return { ...manyRows(now), longLog: true };
  return ordinaryDay(now);
}
