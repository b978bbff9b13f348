// What is known of a managing user's permissions, in few words.
import type { CanaryStepName, NeededFor, Preflight, Probe, Verdict } from '../api/types';
import type { CredentialType } from './draft';

export const VERDICT_WORDS: Record<Verdict, string> = {
  allowed: 'Allowed',
  denied: 'Denied',
  unknown: 'Unknown',
  not_possible: 'Not possible',
};

export const NEEDED_WORDS: Record<NeededFor, string> = {
  issue: 'to issue',
  renew: 'to renew',
  revoke: 'to revoke',
  optional: 'optional',
};

/** What is said of a canary, by what the leases of its secret are. */
export interface CanaryWords {
  /** What it goes through. */
  steps: readonly CanaryStepName[];
  running: Partial<Record<CanaryStepName, string>>;
  done: Partial<Record<CanaryStepName, string>>;
  /** What it makes, where it is told before one has flown. */
  makes: string;
  /** What is in AWS while it flies. */
  meanwhile: string;
  /** What is so once it has passed. */
  after: string;
  /** What becomes of one that failed. */
  left: string;
}

const OF_USER: CanaryWords = {
  steps: ['issue', 'renew', 'revoke'],
  running: {
    issue: 'Making a user with guards, policies and a key',
    renew: 'Renewing it',
    revoke: 'Revoking it, and looking that nothing is left',
  },
  done: {
    issue: 'Issued: a user with guards, policies and a key nobody saw',
    renew: 'Renewed: a later guard in place of the first',
    revoke: 'Revoked: the key, the guards and the user are gone',
  },
  makes: 'one user with a key that nobody sees, and takes everything down again',
  meanwhile: 'One user',
  after: 'Nothing of it is left in AWS.',
  left: 'What it left behind is a lease like any other: tried again until the user is gone.',
};

const OF_ROLE: CanaryWords = {
  steps: ['issue', 'revoke'],
  running: {
    issue: 'Opening a session of the role',
    revoke: 'Denying everything to it',
  },
  done: {
    issue: 'Issued: a session of the role with a key nobody saw',
    revoke: 'Revoked: AWS took the policy that denies everything to it',
  },
  makes: 'one session of 15 minutes with a key that nobody sees, and has everything denied to it',
  meanwhile: 'One session',
  after: 'Its policy is taken off the role once the session is over.',
  left: 'What it left behind is a lease like any other: its session ends by itself.',
};

const OF_FEDERATION: CanaryWords = {
  steps: ['issue'],
  running: { issue: 'Asking for a federation token' },
  done: { issue: 'Issued: a session with a key nobody saw' },
  makes: 'one session of 15 minutes with a key that nobody sees; nothing ends it sooner',
  meanwhile: 'One session',
  after: 'It ends by itself within 15 minutes.',
  left: 'What it left behind is a lease like any other: its session ends by itself.',
};

export const CANARY_WORDS: Record<CredentialType, CanaryWords> = {
  iam_user: OF_USER,
  assumed_role: OF_ROLE,
  federation_token: OF_FEDERATION,
};

const RANK: Record<Verdict, number> = { denied: 0, unknown: 1, allowed: 2, not_possible: 3 };

/** What needs a look first, otherwise as it came. */
export const probesInOrder = (probes: readonly Probe[]): Probe[] =>
  probes.toSorted((a, b) => RANK[a.verdict] - RANK[b.verdict]);

/** `1 denied, 2 unknown, 13 allowed` */
export function countWords(probes: readonly Probe[]): string {
  return (['denied', 'unknown', 'allowed'] as const)
    .map((verdict) => ({ verdict, count: probes.filter((p) => p.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`)
    .join(', ');
}

/** The actions whose denial makes this impossible. */
export const deniedFor = (preflight: Preflight, needed: NeededFor): string[] =>
  preflight.probes
    .filter((probe) => probe.verdict === 'denied' && probe.needed_for === needed)
    .map((probe) => probe.action);

/** Everything that is denied can be done without. */
export const onlyOptionalDenied = (preflight: Preflight): boolean =>
  preflight.probes.every(
    ({ verdict, needed_for }) => verdict !== 'denied' || needed_for === 'optional',
  );

/** `iam:DeleteUser`, `iam:DeleteUser and iam:ListUserPolicies`, `a, b and 3 more` */
export function listWords(items: readonly string[], most = 3): string {
  const shown = items.slice(0, most);
  const rest = items.length - shown.length;
  const all = rest > 0 ? [...shown, `${rest} more`] : shown;
  const last = all.at(-1) ?? '';
  return all.length < 2 ? last : `${all.slice(0, -1).join(', ')} and ${last}`;
}

/** Issuing needs a person's word for it: the last look said that it could not be taken back. */
export const cannotRevoke = (preflight: Preflight | null): boolean =>
  preflight?.revoke === 'denied';

/** Why a lease could not be revoked, as one sentence. */
export function whyNotRevoked(preflight: Preflight): string {
  const denied = deniedFor(preflight, 'revoke');
  const failed = preflight.canary?.steps.find(({ step, problem }) => step === 'revoke' && problem);
  if (denied.length > 0) return `AWS denies ${listWords(denied)} to the managing user.`;
  return failed?.problem?.message ?? 'The last pre-flight says that AWS would refuse it.';
}
