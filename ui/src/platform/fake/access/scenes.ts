// What the fake desktop knows of callers from outside: nobody, an ordinary day, somebody who waits, long names.
import type {
  ApprovalView,
  AuthMethodDraft,
  AuthMethodView,
  GatewaySettings,
  RoleView,
  SessionView,
} from '../../../api/types';
import { emptyMethod } from '../../../views/access/draft';
import type { SceneName } from '../scenes';
import { bannerOf, noticesOf } from './rules';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const iso = (at: number) => new Date(at).toISOString();

export interface AccessScene {
  methods: AuthMethodView[];
  roles: RoleView[];
  approvals: ApprovalView[];
  sessions: SessionView[];
  gateway: GatewaySettings;
  /** Another process serves, or its port is taken. */
  trouble: 'elsewhere' | 'failed' | null;
}

export const USUAL_SOCKET = '/run/user/1000/leasehold-gateway/s';

export const gatewaySettings = (on: boolean): GatewaySettings => ({
  on,
  listen: ['127.0.0.1:8732'],
  socket: 'usual',
  tls: 'none',
  tls_cert: '',
  tls_key: '',
  names: [],
});

export function methodOf(
  now: number,
  accessId: string,
  draft: Partial<AuthMethodDraft>,
  over: Partial<AuthMethodView> = {},
): AuthMethodView {
  const method = { ...emptyMethod(), ask_first: false, ...draft };
  const expires = method.access_expires * 1000;
  return {
    access_id: accessId,
    name: method.name,
    access_type: 'aws_iam',
    enabled: true,
    expired: expires > 0 && expires <= now,
    expires_at: expires > 0 ? iso(expires) : null,
    expires_soon: expires > now && expires - now < 7 * DAY,
    banner: bannerOf(method),
    method,
    roles: [],
    notices: noticesOf(method),
    problems: [],
    open_leases: 0,
    created_at: iso(now - 12 * DAY),
    updated_at: iso(now - 3 * DAY),
    ...over,
  };
}

export function approvalOf(
  now: number,
  id: string,
  method: AuthMethodView,
  arn: string,
  over: Partial<ApprovalView> = {},
): ApprovalView {
  const kind = arn.includes(':user/') ? 'AIDA' : 'AROA';
  return {
    id,
    standing: 'seen',
    access_id: method.access_id,
    auth_method: method.name,
    arn,
    stable_id: `${kind}${id.toUpperCase().padEnd(17, 'Q7')}`.slice(0, 21),
    asserted_by: null,
    first_seen_at: iso(now - 4 * DAY),
    last_seen_at: iso(now - 20 * MINUTE),
    open_leases: 0,
    ...over,
  };
}

export function sessionOf(
  now: number,
  id: string,
  approval: ApprovalView,
  over: Partial<SessionView> = {},
): SessionView {
  return {
    id,
    access_id: approval.access_id,
    auth_method: approval.auth_method,
    arn: approval.arn,
    stable_id: approval.stable_id,
    client: 'unix',
    gateway: null,
    issued_at: iso(now - 6 * MINUTE),
    expires_at: iso(now + 9 * MINUTE),
    open_leases: 0,
    ...over,
  };
}

const DEV_BOX = 'arn:aws:sts::123456789012:assumed-role/dev-box/i-0abc1234def567890';
const RUNNER = 'arn:aws:sts::123456789012:assumed-role/ci-runner/build-8812';
const ADA = 'arn:aws:iam::123456789012:user/people/ada';
const SSO =
  'arn:aws:sts::210987654321:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/ada@acme.example';

function ordinary(now: number): AccessScene {
  const boxes = methodOf(now, 'p-k2hd83msx0v7qa', {
    name: '/ci/dev-boxes',
    description: 'Dev boxes and runners of the payments team.',
    bound_aws_account_id: ['123456789012'],
    bound_arn: [
      'arn:aws:sts::123456789012:assumed-role/dev-*/*',
      'arn:aws:iam::123456789012:role/ci-runner',
    ],
    bound_ips: ['unix', '127.0.0.1'],
    jwt_ttl: 30,
    unique_identifier: 'resource_id',
    audit_logs_claims: ['role_name', 'resource_id'],
    delete_protection: true,
    ask_first: true,
  });
  const people = methodOf(now, 'p-9ftw51bnr4c2ze', {
    name: '/people/sso',
    bound_aws_account_id: ['123456789012', '210987654321'],
    bound_arn: [
      'arn:aws:sts::210987654321:assumed-role/AWSReservedSSO_Developer_*/*',
      'arn:aws:iam::123456789012:user/*',
    ],
    access_expires: Math.floor((now + 3 * DAY) / 1000),
    expiration_event_in: [7, 1],
  });
  const emulator = methodOf(
    now,
    'p-3mxc07vqd8y5th',
    {
      name: 'emulator',
      bound_aws_account_id: ['000000000000'],
      sts_url: 'http://127.0.0.1:4566',
      insecure_dev_sts: true,
    },
    { enabled: false },
  );
  const box = approvalOf(now, '9f2c01d4a7be', boxes, DEV_BOX, {
    standing: 'always',
    open_leases: 1,
  });
  const runner = approvalOf(now, '41aa90be77c1', boxes, RUNNER, {
    standing: 'denied',
    last_seen_at: iso(now - 2 * DAY),
  });
  const ada = approvalOf(now, '7be210c4d9f8', people, ADA, {
    first_seen_at: iso(now - 3 * HOUR),
    last_seen_at: iso(now - 3 * HOUR),
  });
  const sso = approvalOf(now, 'c07d1e93fa25', people, SSO);
  const way = (method: AuthMethodView, subClaims: Record<string, string>) => ({
    access_id: method.access_id,
    auth_method: method.name,
    sub_claims: subClaims,
    case_sensitive: true,
  });
  const roles: RoleView[] = [
    {
      name: 'payments-deploy',
      description: 'What CI needs to release payments',
      rules: [
        { path: '/development/payments/*', capabilities: ['read', 'update', 'list'] },
        { path: '/development/deploy-lambda', capabilities: ['read'] },
        { path: '/production/*', capabilities: ['deny'] },
      ],
      associations: [way(boxes, { role_name: 'dev-*,ci-runner' })],
      notices: [],
      created_at: iso(now - 12 * DAY),
    },
    {
      name: 'on-call',
      description: '',
      rules: [{ path: '/+/{{role_name}}/*', capabilities: ['list', 'delete'] }],
      associations: [way(people, {}), way(boxes, { resource_id: 'i-*' })],
      notices: ['/+/{{role_name}}/* reaches into every environment that its first part matches.'],
      created_at: iso(now - 5 * DAY),
    },
    {
      name: 'reports',
      description: 'Nightly exports, not wired up yet',
      rules: [],
      associations: [],
      notices: [],
      created_at: iso(now - DAY),
    },
  ];
  return {
    methods: [boxes, people, emulator],
    roles,
    approvals: [box, sso, ada, runner],
    sessions: [
      sessionOf(now, 's1d0a4', box, { open_leases: 1 }),
      sessionOf(now, 's8b3c2', ada, {
        client: '10.4.0.17',
        gateway: '10.4.0.2',
        issued_at: iso(now - 12 * MINUTE),
        expires_at: iso(now + 3 * MINUTE),
      }),
    ],
    gateway: gatewaySettings(false),
    trouble: null,
  };
}

function waiting(now: number): AccessScene {
  const scene = ordinary(now);
  const [boxes, people] = scene.methods;
  if (!boxes || !people) return scene;
  const asked = (id: string, method: AuthMethodView, arn: string, minutes: number, over = {}) =>
    approvalOf(now, id, method, arn, {
      standing: 'asked',
      first_seen_at: iso(now - minutes * MINUTE),
      last_seen_at: iso(now - minutes * MINUTE),
      ...over,
    });
  scene.approvals.unshift(
    asked(
      '5c1d77aa02ef',
      boxes,
      'arn:aws:sts::123456789012:assumed-role/dev-gpu/i-0fff9876543210aaa',
      2,
    ),
    asked('e4b9d2c61a07', people, 'arn:aws:iam::123456789012:user/people/grace', 1, {
      asserted_by: 'https://sts.proxy.acme.example',
    }),
  );
  scene.gateway = gatewaySettings(true);
  return scene;
}

/** As long as can be, many rules, from right to left. */
function hard(now: number): AccessScene {
  const long = (begin: string) =>
    `${begin}-that-somebody-thought-would-explain-all-there-is-to-know`.slice(0, 64);
  const method = methodOf(
    now,
    'p-k2hd83msx0v7qa',
    {
      name: `/${long('departments')}/${'reconciliation/'.repeat(3)}${long('dev-boxes')}`,
      description: `ملاحظة من اليمين إلى اليسار\n${long('and')} ${long('more')}`,
      bound_aws_account_id: Array.from({ length: 8 }, (_, index) => `12345678901${index}`),
      bound_arn: Array.from(
        { length: 4 },
        (_, index) =>
          `arn:aws:sts::12345678901${index}:assumed-role/AWSReservedSSO_${long('Developers')}_*/*`,
      ),
      bound_role_name: [long('role'), 'a,b'],
      bound_ips: ['2001:db8:85a3::8a2e:370:7334/64', '10.0.0.0/8', 'unix'],
      sts_url:
        'https://sts.vpce-0123456789abcdef0-abcdefgh.eu-central-1.vpce.acme-payments.example',
      audit_logs_claims: ['role_name', 'resource_id', 'account_id', 'client_ip'],
      access_expires: Math.floor((now - DAY) / 1000),
      force_sub_claims: true,
    },
    {
      open_leases: 12,
      problems: [
        {
          code: 'invalid_input',
          message: `\`${long('role')}\` is not a role: that has 1 to 64 letters, digits and + = , . @ _ -.`,
          hint: 'Write the name as the IAM console shows it, one in each entry.',
          field: 'bound_role_name',
        },
      ],
    },
  );
  const arn = `arn:aws:sts::123456789012:assumed-role/${long('dev-boxes')}/${long('i-0abc')}`;
  const one = approvalOf(now, '9f2c01d4a7be', method, arn, {
    asserted_by:
      'https://sts.vpce-0123456789abcdef0-abcdefgh.eu-central-1.vpce.acme-payments.example',
  });
  const role: RoleView = {
    name: long('payments-deploy'),
    description: `نشر (staging) #42: العودة إلى v1.2.0 ${long('and')}`,
    rules: Array.from({ length: 24 }, (_, index) => ({
      path: `/${index % 3 === 0 ? long('development') : 'production'}/${'department-of-reconciliation/'.repeat(index % 4)}{{role_name}}/${index}-*`,
      capabilities:
        index % 5 === 4 ? ['deny' as const] : ['list' as const, 'read' as const, 'update' as const],
    })),
    associations: [
      {
        access_id: method.access_id,
        auth_method: method.name,
        sub_claims: { role_name: `${long('dev')}-*,${long('ci')}-*`, client_ip: '10.*' },
        case_sensitive: false,
      },
    ],
    notices: [],
    created_at: iso(now - 12 * DAY),
  };
  return {
    methods: [method],
    roles: [role],
    approvals: [one],
    sessions: [
      sessionOf(now, 's1d0a4', one, {
        open_leases: 120,
        client: '2001:db8:85a3::8a2e:370:7334',
        gateway: '2001:db8:85a3::8a2e:370:1',
      }),
    ],
    gateway: {
      ...gatewaySettings(true),
      tls: 'own',
      listen: ['127.0.0.1:8732', '10.4.0.2:8732'],
      names: ['vault.acme-payments.example'],
    },
    trouble: null,
  };
}

export function accessOf(name: SceneName, now: number): AccessScene {
  switch (name) {
    case 'first':
    case 'empty':
      return {
        methods: [],
        roles: [],
        approvals: [],
        sessions: [],
        gateway: gatewaySettings(false),
        trouble: null,
      };
    case 'words':
      return hard(now);
    case 'waiting':
      return waiting(now);
    case 'trouble':
      return { ...ordinary(now), gateway: gatewaySettings(true), trouble: 'failed' };
    case 'alarms':
      return { ...ordinary(now), gateway: gatewaySettings(true), trouble: 'elsewhere' };
    default:
      return ordinary(now);
  }
}
