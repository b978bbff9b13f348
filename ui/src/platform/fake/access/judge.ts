// What an auth method of the fake desktop would say to somebody: a few bounds and every rule, in the engine's words.
import type {
  Action,
  AuthMethodView,
  BoundCheck,
  BoundOutcome,
  Capability,
  Reason,
  RoleView,
  TestView,
  WhoView,
} from '../../../api/types';
import { principalOf } from '../../../words/identity';
import { fits } from './rules';

const ACTIONS: readonly Action[] = ['list', 'issue', 'renew', 'revoke_own', 'revoke_other'];

const ENOUGH: Record<Capability, readonly Action[]> = {
  create: [],
  deny: [],
  list: ['list'],
  read: ['list', 'issue', 'revoke_own'],
  update: ['list', 'renew'],
  delete: ['list', 'revoke_own', 'revoke_other'],
};

export const actionsOf = (capabilities: readonly Capability[]): Action[] =>
  ACTIONS.filter((action) => capabilities.some((one) => ENOUGH[one].includes(action)));

const glob = (pattern: string, text: string): boolean => {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(text);
};

/** Every rule that is about a path, those that deny first. */
export function whoOf(
  roles: readonly RoleView[],
  methods: readonly AuthMethodView[],
  path: string,
): WhoView[] {
  const works = (id: string) =>
    methods.some((one) => one.access_id === id && one.enabled && !one.expired);
  return roles
    .flatMap((role) =>
      role.rules.flatMap((rule): WhoView[] => {
        const is = fits(rule.path, path);
        if (is === false) return [];
        return [
          {
            role: role.name,
            path: rule.path,
            actions: actionsOf(rule.capabilities),
            denies: rule.capabilities.includes('deny'),
            depends_on: typeof is === 'string' ? (is as WhoView['depends_on']) : null,
            who: role.associations.filter(({ access_id }) => works(access_id)),
          },
        ];
      }),
    )
    .sort((a, b) => Number(b.denies) - Number(a.denies));
}

interface Asked {
  arn: string;
  client: string;
  region: string;
  path: string | null;
}

export function judge(method: AuthMethodView, roles: readonly RoleView[], asked: Asked): TestView {
  const principal = principalOf(asked.arn);
  const draft = method.method;
  const checks: BoundCheck[] = [];
  const add = (bound: BoundCheck['bound'], outcome: BoundOutcome, why: string) =>
    checks.push({ bound, outcome, why });
  add(
    'enabled',
    method.enabled ? 'pass' : 'fail',
    `The method is switched ${method.enabled ? 'on' : 'off'}.`,
  );
  add(
    'access_expires',
    method.expires_at === null ? 'open' : method.expired ? 'fail' : 'pass',
    method.expires_at === null
      ? 'The method does not expire.'
      : `The method ${method.expired ? 'expired at' : 'works until'} ${method.expires_at}.`,
  );
  const list = (
    bound: BoundCheck['bound'],
    what: string,
    value: string | null,
    entries: readonly string[],
  ) => {
    if (value === null) {
      if (entries.length > 0) add(bound, 'not_concerned', `There is no ${what} to compare.`);
      return;
    }
    const one = entries.find((entry) => glob(entry, value));
    if (entries.length === 0) add(bound, 'open', `No ${what} is bound; this is ${value}.`);
    else if (one === undefined) {
      add(bound, 'fail', `The ${what} ${value} fits none of ${entries.slice(0, 5).join(', ')}.`);
    } else {
      add(bound, 'pass', `The ${what} ${value} ${one === value ? 'is bound' : `fits ${one}`}.`);
    }
  };
  list('bound_ips', 'address', asked.client, draft.bound_ips);
  list('bound_sts_region', 'region', asked.region, draft.bound_sts_region);
  list('bound_aws_account_id', 'account', principal.account ?? '', draft.bound_aws_account_id);
  list('bound_arn', 'ARN', asked.arn, draft.bound_arn);
  const role = principal.kind === 'role' ? principal.name : null;
  const user = principal.kind === 'user' ? principal.name : null;
  list('bound_role_name', 'role', role, draft.bound_role_name);
  list('bound_resource_id', 'session', principal.session, draft.bound_resource_id);
  list('bound_user_name', 'user', user, draft.bound_user_name);
  const failed = checks.find(({ outcome }) => outcome === 'fail');
  const claims: TestView['claims'] = {
    account_id: principal.account ?? '',
    arn: asked.arn,
    partition: 'aws',
    principal_type: role === null ? 'user' : 'assumed_role',
    ...(role === null ? {} : { role_name: role }),
    ...(principal.session === null ? {} : { resource_id: principal.session }),
    ...(user === null ? {} : { user_name: user }),
    client_ip: asked.client,
  };
  const given = roles.flatMap((one) =>
    one.associations
      .filter(({ access_id }) => access_id === method.access_id)
      .map((way) => {
        const tests = Object.entries(way.sub_claims).map(([key, test = '']) => {
          const claim = key as keyof TestView['claims'];
          const value = claims[claim];
          const pass =
            value !== undefined && test.split(',').some((pattern) => glob(pattern.trim(), value));
          const why =
            value === undefined
              ? `The identity has no ${key}.`
              : `${key} is ${value}, which ${pass ? 'fits' : 'does not fit'} ${test}.`;
          return { claim, pass, why };
        });
        const holds = tests.every(({ pass }) => pass);
        const why =
          tests.length === 0
            ? 'The association asks for no sub-claims.'
            : `${holds ? 'Every' : 'Not every'} sub-claim is as the association asks.`;
        return {
          role: one.name,
          association: { holds, why, claims: tests },
          rules: one.rules,
        };
      }),
  );
  const held = given.filter(({ association }) => association.holds);
  const { path } = asked;
  return {
    access_id: method.access_id,
    auth_method: method.name,
    accepted: failed === undefined,
    ...(failed === undefined
      ? { reason: null, why: 'The identity would be let in.' }
      : REASONS[failed.bound]),
    claims,
    checks,
    roles: given,
    decisions:
      path === null
        ? []
        : ACTIONS.map((action) => {
            const rules = held.flatMap(({ role: name, rules: all }) =>
              all.map((rule) => {
                const denies = rule.capabilities.includes('deny');
                const effect =
                  fits(rule.path, path) !== true
                    ? ('not_concerned' as const)
                    : denies
                      ? ('denies' as const)
                      : actionsOf(rule.capabilities).includes(action)
                        ? ('allows' as const)
                        : ('too_little' as const);
                const why = {
                  not_concerned: `${path} is not at ${rule.path}.`,
                  denies: 'It denies everything here.',
                  allows: 'Its capabilities are enough.',
                  too_little: `It has ${rule.capabilities.join(', ')} only.`,
                }[effect];
                return { role: name, path: rule.path, effect, why };
              }),
            );
            const by = (effect: string) => rules.find((rule) => rule.effect === effect);
            const [no, yes] = [by('denies'), by('allows')];
            const why = no
              ? `${no.path} of role ${no.role} denies it.`
              : yes
                ? `${yes.path} of role ${yes.role} allows it.`
                : held.length === 0
                  ? 'No access role is associated with this identity.'
                  : 'No rule allows it.';
            return { action, path, decision: { allowed: !no && yes !== undefined, why, rules } };
          }),
  };
}

/** The reason, and the sentence in which the engine says it. */
const REASONS: Record<BoundCheck['bound'], { reason: Reason; why: string }> = {
  enabled: {
    reason: 'method_disabled',
    why: 'The auth method is switched off.',
  },
  access_expires: {
    reason: 'method_expired',
    why: 'The auth method has expired.',
  },
  bound_ips: {
    reason: 'client_ip_not_bound',
    why: "The address that the call came from is not among the method's client IPs.",
  },
  bound_sts_region: {
    reason: 'region_not_bound',
    why: "The region in which the identity was proved is not among the method's.",
  },
  bound_aws_account_id: {
    reason: 'account_not_bound',
    why: "The account is not among the method's.",
  },
  bound_arn: {
    reason: 'arn_not_bound',
    why: "The ARN matches none of the method's.",
  },
  principal: {
    reason: 'principal_not_bound',
    why: 'This kind of principal is not among those that the method admits.',
  },
  bound_role_name: {
    reason: 'role_name_not_bound',
    why: "The role's name is not among the method's.",
  },
  bound_role_id: {
    reason: 'role_id_not_bound',
    why: "The role's id is not among the method's.",
  },
  bound_resource_id: {
    reason: 'resource_id_not_bound',
    why: "The session's name is not among the method's resource ids.",
  },
  bound_user_name: {
    reason: 'user_name_not_bound',
    why: "The user's name is not among the method's.",
  },
  bound_user_id: {
    reason: 'user_id_not_bound',
    why: "The user's id is not among the method's.",
  },
};
