// Who may log in and what they may do, in few words: the summary of a method, capabilities, bounds, claims.
import type {
  Action,
  AuthMethodDraft,
  AuthMethodView,
  Bound,
  BoundOutcome,
  Capability,
  ClaimKey,
  Problem,
  TestView,
} from '../api/types';
import { spanWords } from '../time/ttl';
import type { Tone } from './lease';

export const CLAIMS: readonly ClaimKey[] = [
  'account_id',
  'arn',
  'canonical_arn',
  'partition',
  'principal_type',
  'role_name',
  'role_id',
  'resource_id',
  'user_name',
  'user_id',
  'client_ip',
];

export const CLAIM_WORDS: Record<ClaimKey, string> = {
  account_id: 'Account',
  arn: 'ARN',
  canonical_arn: 'Role’s or user’s ARN',
  partition: 'Partition',
  principal_type: 'Kind of principal',
  role_name: 'Role name',
  role_id: 'Role id',
  resource_id: 'Session name',
  user_name: 'User name',
  user_id: 'User id',
  client_ip: 'Client IP',
};

/** What a test comes to. */
export const verdictOf = ({ accepted }: Pick<TestView, 'accepted'>): string =>
  accepted ? 'It would be let in' : 'It would be refused';

/** In the order in which a person thinks of them. */
export const GIVING: readonly Capability[] = ['list', 'read', 'update', 'delete'];

export const CAPABILITIES: Record<Capability, { word: string; means: string }> = {
  list: { word: 'list', means: 'See that the secret is there, and one’s own leases' },
  read: { word: 'read', means: 'Get leases, and give one’s own back' },
  update: { word: 'update', means: 'Renew leases' },
  delete: { word: 'delete', means: 'Revoke leases, also those of others' },
  create: { word: 'create', means: 'Nothing here: secrets are defined by you' },
  deny: { word: 'deny', means: 'Nothing at all, whatever other rules and roles say' },
};

export const ACTION_WORDS: Record<Action, string> = {
  list: 'see it',
  issue: 'get a lease',
  renew: 'renew',
  revoke_own: 'give its own back',
  revoke_other: 'revoke those of others',
};

export const BOUNDS: Record<Bound, string> = {
  enabled: 'Switched on',
  access_expires: 'Not expired',
  bound_ips: 'Client IP',
  bound_sts_region: 'STS region',
  bound_aws_account_id: 'Account',
  bound_arn: 'ARN',
  principal: 'Kind of principal',
  bound_role_name: 'Role name',
  bound_role_id: 'Role id',
  bound_resource_id: 'Session name',
  bound_user_name: 'User name',
  bound_user_id: 'User id',
};

export const BOUND_OUTCOMES: Record<BoundOutcome, string> = {
  pass: 'Pass',
  fail: 'Fail',
  open: 'Not bound',
  not_concerned: 'Not concerned',
};

export const STANDING_WORDS: Record<string, { word: string; tone: Tone }> = {
  seen: { word: 'Seen', tone: 'plain' },
  asked: { word: 'Waiting for you', tone: 'warn' },
  once: { word: 'Allowed once', tone: 'ok' },
  used: { word: 'Came once', tone: 'plain' },
  always: { word: 'Allowed always', tone: 'ok' },
  denied: { word: 'Denied', tone: 'danger' },
};

/** Whether anybody gets in by a method now, and if not why. */
export function methodState(method: AuthMethodView): {
  word: string;
  tone: Tone;
  form: 'on' | 'off' | 'over' | 'broken';
} {
  if (method.problems.length > 0) return { word: 'Refused', tone: 'danger', form: 'broken' };
  if (!method.enabled) return { word: 'Off', tone: 'plain', form: 'off' };
  if (method.expired) return { word: 'Expired', tone: 'warn', form: 'over' };
  return { word: 'On', tone: 'ok', form: 'on' };
}

/** The folders, and the name by itself. */
export function splitName(path: string): { folder: string; name: string } {
  const clean = path.trim().replace(/^\/+/, '');
  const at = clean.lastIndexOf('/');
  return at === -1
    ? { folder: '/', name: clean }
    : { folder: `/${clean.slice(0, at)}`, name: clean.slice(at + 1) };
}

const MOST_NAMED = 3;

/** `a`, `a or b`, `a, b, c or 4 more` */
export function oneOf(items: readonly string[]): string {
  if (items.length <= 1) return items[0] ?? '';
  if (items.length > MOST_NAMED + 1) {
    return `${items.slice(0, MOST_NAMED).join(', ')} or ${items.length - MOST_NAMED} more`;
  }
  return `${items.slice(0, -1).join(', ')} or ${items.at(-1) ?? ''}`;
}

const clean = (items: readonly string[]): string[] =>
  items.map((item) => item.trim()).filter((item) => item !== '');

/** What stands behind a colon of an ARN that says most. */
const shortArn = (arn: string): string => arn.split(':').slice(5).join(':') || arn;

function groupWords(kind: 'role' | 'user', parts: [string, readonly string[]][]): string | null {
  const bound = parts.filter(([, items]) => items.length > 0);
  if (bound.length === 0) return null;
  return bound
    .map(([what, items]) =>
      what === 'name'
        ? `${kind}s called ${oneOf(items)}`
        : what === 'session'
          ? `in a session called ${oneOf(items)}`
          : `${kind}s with the id ${oneOf(items)}`,
    )
    .join(' ');
}

/** Who may log in: a sentence for whom, from where, how proved, and until when. */
export function methodSummary(draft: AuthMethodDraft, endWords: (at: number) => string): string[] {
  const accounts = clean(draft.bound_aws_account_id);
  const ofAccounts =
    accounts.length === 0
      ? 'an account that is still to be named'
      : `${accounts.length === 1 ? 'account' : 'accounts'} ${oneOf(accounts)}`;
  const arns = clean(draft.bound_arn).map(shortArn);
  const roles = groupWords('role', [
    ['name', clean(draft.bound_role_name)],
    ['id', clean(draft.bound_role_id)],
    ['session', clean(draft.bound_resource_id)],
  ]);
  const users = groupWords('user', [
    ['name', clean(draft.bound_user_name)],
    ['id', clean(draft.bound_user_id)],
  ]);
  const who = [roles, users].filter((part) => part !== null).join(', and ');
  const said: string[] = [];
  if (who === '' && arns.length === 0) {
    said.push(`Every user and every role of ${ofAccounts} may log in.`);
  } else if (who === '') {
    said.push(`Whoever is ${oneOf(arns)} in ${ofAccounts} may log in.`);
  } else {
    const also = arns.length === 0 ? '' : `, if they are ${oneOf(arns)}`;
    said.push(`${upper(who)} of ${ofAccounts} may log in${also}.`);
  }
  const ips = clean(draft.bound_ips);
  said.push(
    ips.length === 0
      ? 'From anywhere that reaches the gateway.'
      : `From ${oneOf(ips.map((ip) => (ip === 'unix' ? 'the Unix socket' : ip)))} only.`,
  );
  const regions = clean(draft.bound_sts_region);
  if (regions.length > 0) said.push(`Proved in ${oneOf(regions)}.`);
  const host = customSts(draft.sts_url);
  if (host !== null) said.push(`Identities are asserted by ${host}, not by AWS.`);
  said.push(
    draft.access_expires === 0
      ? 'Without an end.'
      : `Until ${endWords(draft.access_expires * 1000)}.`,
  );
  said.push(
    draft.jwt_ttl > 0
      ? `A login lasts ${spanWords(draft.jwt_ttl * 60)}.`
      : 'A login lasts 15 min, as usual here.',
  );
  if (draft.ask_first) said.push('You are asked about everybody whom you have not let in yet.');
  return said;
}

/** The same in one line, for a row. */
export function methodLine(draft: AuthMethodDraft): string {
  const [first = ''] = methodSummary(draft, () => '');
  return first.replace(/ may log in\.$/, '').replace(/ may log in, /, ', ');
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Hosts of AWS's own STS, roughly: the engine has the table, this is for a warning while one types. */
const AWS_STS = /^sts(-fips)?(\.[a-z0-9-]+)?\.(amazonaws\.com(\.cn)?|api\.aws|amazonaws\.eu)$/;

/** The host of an STS that is not AWS's own; null where identities are asserted by AWS. */
export function customSts(url: string): string | null {
  const text = url.trim();
  if (text === '') return null;
  const host = text.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return AWS_STS.test(host) ? null : host;
}

/** The form that was probably meant, where a hint names exactly one. */
export function correctedIn(hint: string | null): string | null {
  const word = /^Write (arn:\S+)/.exec(hint ?? '')?.[1];
  if (word === undefined || word.endsWith(',')) return null;
  const arn = word.replace(/[.;:]+$/, '');
  return arn.includes('…') ? null : arn;
}

/** The STS regions that a refused ARN names where none belongs, as its hint says. */
export const regionIn = (hint: string | null): string | null =>
  /put (\S+) into the allowed STS regions/.exec(hint ?? '')?.[1] ?? null;

/** The entry of a list that a problem is about: problems begin with it between backticks, shortened where it is long. */
export function entryOf(problem: Problem, entries: readonly string[]): string | null {
  const shown = /`([^`]+)`/.exec(problem.message)?.[1];
  if (shown === undefined) return null;
  const begin = shown.endsWith('…') ? shown.slice(0, -1) : null;
  return (
    entries.find((entry) => entry === shown) ??
    (begin === null ? null : (entries.find((entry) => entry.startsWith(begin)) ?? null))
  );
}
