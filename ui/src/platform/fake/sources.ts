// How accounts are reached on the fake desktop: profiles, roles, codes, managing keys, and the console.
import type {
  AwsProfileView,
  CodeQuestion,
  ConnectionView,
  ConsoleOpened,
  ConsoleWay,
  ManagingKeys,
  Problem,
  Rotated,
} from '../../api/types';
import type { FakeAccount } from './account';
import type { Answers } from './answers';
import { problem } from './rules';
import { connectionOf, letters, UPPER } from './scenes';

const MINUTE = 60_000;
const DAY = 86_400_000;
const iso = (at: number) => new Date(at).toISOString();

const bare = (name: string, over: Partial<AwsProfileView>): AwsProfileView => ({
  name,
  region: null,
  origin: 'key',
  resolves_to: 'An access key in the AWS files',
  login: null,
  problem: null,
  role: null,
  connection: null,
  ...over,
});

const LOCALSTACK = 'http://localhost:4566';

/** What `~/.aws/config` of a person with several accounts says. */
export const PROFILES: AwsProfileView[] = [
  bare('default', { region: 'eu-central-1' }),
  bare('acme-admin', {
    region: 'eu-west-1',
    origin: 'single_sign_on',
    resolves_to: 'Single sign-on to account 123456789012 as AdministratorAccess',
    login: 'aws sso login --profile acme-admin',
  }),
  bare('acme-leases', {
    origin: 'single_sign_on',
    resolves_to:
      'The role arn:aws:iam::210987654321:role/leases, from single sign-on to account 123456789012 as AdministratorAccess (profile acme-admin)',
    login: 'aws sso login --profile acme-admin',
  }),
  bare('acme-mfa', {
    resolves_to:
      'The role arn:aws:iam::123456789012:role/ops, from an access key in the AWS files (profile default)',
    problem: problem(
      'refused',
      'Profile `acme-mfa` asks for a code of the MFA device arn:aws:iam::123456789012:mfa/ada, which a profile cannot be given.',
      'Add the role itself.',
      'profile',
    ),
    role: {
      role_arn: 'arn:aws:iam::123456789012:role/ops',
      from: 'default',
      mfa_serial: 'arn:aws:iam::123456789012:mfa/ada',
    },
  }),
  bare('s3-upload', {
    origin: 'process',
    resolves_to: 'What the program leasehold gives',
    problem: problem(
      'refused',
      'Profile `s3-upload` gets its key from a lease of Leasehold’s own.',
      'A lease cannot look after leases.',
      'profile',
    ),
  }),
  bare('localstack', {
    resolves_to: `An access key in the AWS files, for ${LOCALSTACK}`,
  }),
  bare('vault', { origin: 'process', resolves_to: 'What the program vault-aws gives' }),
];

export const loginEnded = (profile: string): Problem =>
  problem(
    'login_needed',
    `The log-in behind AWS profile \`${profile}\` has ended: the SSO token has expired.`,
    `Run \`aws sso login --profile ${profile}\`.`,
  );

export const codeNeeded = (name: string, serial: string): Problem =>
  problem(
    'login_needed',
    `The role of connection \`${name}\` needs a code of the MFA device ${serial}.`,
    `Check the connection in the window, or run \`leasehold connection check ${name}\` in a terminal: it asks for the code.`,
  );

/** Asks the page for the code of a device, as the engine does: `000000` is never right, and none works twice. */
class FakeCodes {
  private asked: { question: CodeQuestion; answer: (code: string | null) => void } | null = null;
  private used: string | null = null;
  private count = 0;

  constructor(private readonly account: FakeAccount) {}

  get question(): CodeQuestion | null {
    return this.asked?.question ?? null;
  }

  answer(id: string, code: string | null): void {
    const { asked } = this;
    if (asked?.question.id !== id) return;
    this.tell(null);
    asked.answer(code);
  }

  /** Goes on at once where a session is open. */
  async open(connection: ConnectionView): Promise<void> {
    if (connection.mfa_serial === null || connection.session_ends_at !== null) return;
    let again: Problem | null = null;
    for (;;) {
      const code = await this.ask(connection, again);
      if (code === null) {
        connection.problem = codeNeeded(connection.name, connection.mfa_serial);
        this.account.changed();
        throw connection.problem;
      }
      if (code !== '000000' && code !== this.used) {
        this.used = code;
        connection.session_ends_at = iso(Date.now() + 60 * MINUTE);
        connection.problem = null;
        this.account.changed();
        return;
      }
      again =
        code === this.used
          ? problem(
              'invalid_input',
              'This code was used already; AWS takes each one once.',
              'Wait until the device shows the next one, at most 30 seconds.',
              'mfa_code',
            )
          : problem(
              'aws_denied',
              'AWS did not take this code.',
              'Type the one that the device shows now. Each works once, for half a minute.',
              'mfa_code',
            );
    }
  }

  private ask(connection: ConnectionView, again: Problem | null): Promise<string | null> {
    this.count += 1;
    const question: CodeQuestion = {
      id: String(this.count),
      connection: connection.name,
      mfa_serial: connection.mfa_serial ?? '',
      again,
      until: iso(Date.now() + 2 * MINUTE),
    };
    return new Promise((answer) => {
      this.asked = { question, answer };
      this.account.emit('code_asked', question);
    });
  }

  private tell(question: null): void {
    this.asked = null;
    this.account.emit('code_asked', question);
  }
}

const managingUser = (connection: ConnectionView): string =>
  connection.caller_arn.split('/').at(-1) ?? 'leasehold-manager';

/** A connection whose name ends in `two-keys` has another key beside its own. */
function keysOf(account: FakeAccount, name: string): ManagingKeys {
  const connection = account.connection(name);
  if (account.scene.denied.includes('iam:CreateAccessKey')) {
    throw problem(
      'aws_denied',
      `${connection.caller_arn} may not replace its own key: AWS denied iam:UpdateAccessKey, iam:DeleteAccessKey.`,
      `Give it this statement: {"Effect":"Allow","Action":["iam:CreateAccessKey","iam:ListAccessKeys","iam:UpdateAccessKey","iam:DeleteAccessKey"],"Resource":"${connection.caller_arn}"}`,
    );
  }
  const own = {
    access_key_id: connection.access_key_id ?? '',
    created_at: connection.key_added_at,
    active: true,
    own: true,
    connection: null,
    last_use_known: true,
    last_used_at: iso(Date.now() - 4 * MINUTE),
    last_used_for: 'iam',
  };
  const other = {
    ...own,
    access_key_id: 'AKIAI44QH8DHBEXAMPLE',
    created_at: iso(Date.now() - 400 * DAY),
    own: false,
    last_used_at: iso(Date.now() - 300 * DAY),
    last_used_for: 's3',
  };
  const keys = name.endsWith('two-keys') ? [own, other] : [own];
  return {
    connection: name,
    user_name: managingUser(connection),
    keys,
    full: keys.length > 1,
  };
}

async function rotate(
  account: FakeAccount,
  pause: () => Promise<void>,
  name: string,
  removeKey: string | null,
): Promise<Rotated> {
  const connection = account.connection(name);
  if (keysOf(account, name).full && removeKey === null) {
    throw problem('refused', 'The user has two keys, and AWS allows no third.', null, 'remove_key');
  }
  const old = connection.access_key_id ?? '';
  const steps = ['clearing', 'creating', 'made', 'kept', 'switched'];
  for (const step of steps.slice(removeKey === null ? 1 : 0)) {
    account.emit('engine', { kind: 'rotation_progress', connection: name, step });
    await pause();
  }
  const made = `AKIA${letters(account.next(), 16, UPPER)}`;
  connection.access_key_id = made;
  connection.key_added_at = connection.key_rotated_at = iso(Date.now());
  connection.rotation = null;
  account.changed();
  return {
    connection,
    old_access_key_id: old,
    new_access_key_id: made,
    also: [],
    pending: null,
  };
}

function consoleOf(
  account: FakeAccount,
  leaseId: string,
  service: string | null,
  way: ConsoleWay,
): ConsoleOpened {
  const lease = account.lease(leaseId);
  if (service !== null && !/^[a-z0-9-]+$/.test(service)) {
    throw problem(
      'invalid_input',
      'A service of the console is named as in its address: letters, digits and `-`.',
      'Write for example s3, ec2 or cloudwatch.',
      'service',
    );
  }
  if (lease.secret === 'ledger-read') {
    throw problem(
      'aws_denied',
      'The lease may not be used in the console: its policies do not allow sts:GetFederationToken.',
      `Add this statement to an inline policy of \`${lease.secret}\`, then generate a new lease: {"Effect":"Allow","Action":"sts:GetFederationToken","Resource":"arn:aws:sts::${lease.account_id}:federated-user/*"}`,
    );
  }
  return {
    console: {
      lease_id: lease.id,
      user_name: lease.user_name,
      account_id: lease.account_id,
      destination: `https://${lease.region}.console.aws.amazon.com/${service ?? 'console'}/home?region=${lease.region}`,
      link_until: iso(Date.now() + 15 * MINUTE),
      session_until: lease.expires_at,
      notes: [
        'The console may do what the lease may do, and nothing more.',
        'Switching roles does not work from it, nor does anything else of STS; IAM is shut to its API calls.',
        `It ends with the lease, ${lease.expires_at.slice(0, 16).replace('T', ' ')} UTC, and after 12 hours at the latest.`,
      ],
    },
    clears_in_seconds: way === 'copy' ? account.settings.clipboard_seconds : null,
  };
}

type SourceCommand =
  | 'connection_profiles'
  | 'connection_add_profile'
  | 'connection_add_role'
  | 'connection_keys'
  | 'connection_rotate'
  | 'connection_check'
  | 'code_question'
  | 'code_answer'
  | 'console_open'
  | 'credentials_console';

export function sourceAnswers(
  account: FakeAccount,
  pause: () => Promise<void>,
): { answers: Pick<Answers, SourceCommand>; open: (connection: ConnectionView) => Promise<void> } {
  const codes = new FakeCodes(account);
  const take = (connection: ConnectionView) => {
    account.scene.connections.push(connection);
    account.changed();
    return connection;
  };
  const fresh = (name: string): Partial<ConnectionView> => ({
    id: `c-${name}`,
    name,
    access_key_id: null,
    key_added_at: null,
    created_at: iso(Date.now()),
    verified_at: iso(Date.now()),
  });
  const answers: Pick<Answers, SourceCommand> = {
    connection_profiles: () => account.scene.profiles,
    connection_add_profile: ({ input }) => {
      const name = input.name.trim().toLowerCase();
      account.checkSlug(name, account.scene.connections, 'a connection');
      const profile = account.scene.profiles.find((one) => one.name === input.profile);
      if (!profile) {
        throw problem('not_found', `The AWS configuration has no profile \`${input.profile}\`.`);
      }
      if (profile.name === 'localstack' && input.endpoint_url === null) {
        throw problem(
          'invalid_input',
          `Profile \`localstack\` is of an endpoint of its own, ${LOCALSTACK}, not of AWS.`,
          `Write \`${LOCALSTACK}\` as the endpoint URL if that is meant, or take another profile.`,
          'endpoint_url',
        );
      }
      if (account.scene.endedLogins.includes(profile.name)) throw loginEnded(profile.name);
      return take(
        connectionOf(Date.now(), {
          ...fresh(name),
          kind: 'profile',
          profile: profile.name,
          region: input.region ?? profile.region ?? 'us-east-1',
          endpoint_url: input.endpoint_url,
          caller_arn: 'arn:aws:sts::123456789012:assumed-role/AdministratorAccess/ada',
        }),
      );
    },
    connection_add_role: async ({ input }) => {
      const name = input.name.trim().toLowerCase();
      account.checkSlug(name, account.scene.connections, 'a connection');
      const [, partition = 'aws', , , id = ''] = input.role_arn.split(':');
      if (!/^arn:[a-z-]+:iam::\d{12}:role\/.+/.test(input.role_arn)) {
        throw problem(
          'invalid_input',
          'This is not the ARN of an IAM role.',
          'Write for example `arn:aws:iam::123456789012:role/deployer`.',
          'role_arn',
        );
      }
      const connection = connectionOf(Date.now(), {
        ...fresh(name),
        kind: 'role',
        role_arn: input.role_arn,
        from: input.from_connection,
        profile: input.from_profile,
        external_id: input.external_id,
        mfa_serial: input.mfa_serial,
        session_name: input.session_name,
        session_seconds: 3600,
        region: input.region ?? 'us-east-1',
        partition,
        account_id: id,
        caller_arn: `arn:${partition}:sts::${id}:assumed-role/leases/${input.session_name ?? 'leasehold-k3v9x2ab'}`,
      });
      if (input.role_arn.endsWith('/external') && input.external_id === null) {
        throw problem(
          'aws_denied',
          'AWS denied sts:AssumeRole.',
          'Check whether the trust policy asks for an external id.',
        );
      }
      await codes.open(connection);
      return take(connection);
    },
    connection_keys: ({ name }) => keysOf(account, name),
    connection_rotate: ({ name, removeKey }) => rotate(account, pause, name, removeKey),
    connection_check: async ({ name }) => {
      const connection = account.connection(name);
      if (connection.profile !== null && account.scene.endedLogins.includes(connection.profile)) {
        connection.problem = loginEnded(connection.profile);
        account.changed();
        throw connection.problem;
      }
      await codes.open(connection);
      connection.problem = null;
      connection.verified_at = iso(account.nowFor(connection));
      account.changed();
      return connection;
    },
    code_question: () => codes.question,
    code_answer: ({ id, code }) => {
      codes.answer(id, code);
      return null;
    },
    console_open: ({ leaseId, service, way }) => consoleOf(account, leaseId, service, way),
    credentials_console: ({ service, way }, keyOf) => consoleOf(account, keyOf, service, way),
  };
  return { answers, open: (connection) => codes.open(connection) };
}
