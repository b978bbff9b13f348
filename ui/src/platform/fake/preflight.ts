// The pre-flight of the fake desktop: everything is allowed, but where the scene says that AWS denies an action.
import type {
  Canary,
  CanaryStepName,
  NeededFor,
  Preflight,
  Probe,
  SecretView,
  Verdict,
} from '../../api/types';
import { typeOf, type CredentialType } from '../../words/draft';
import { problem } from './rules';
import { letters } from './scenes';

const ACTIONS: [string, NeededFor][] = [
  ['iam:CreateUser', 'issue'],
  ['iam:PutUserPolicy', 'issue'],
  ['iam:AttachUserPolicy', 'issue'],
  ['iam:CreateAccessKey', 'issue'],
  ['iam:DeleteUserPolicy', 'renew'],
  ['iam:GetUser', 'revoke'],
  ['iam:ListAccessKeys', 'revoke'],
  ['iam:DeleteAccessKey', 'revoke'],
  ['iam:ListAttachedUserPolicies', 'revoke'],
  ['iam:DetachUserPolicy', 'revoke'],
  ['iam:DeleteUser', 'revoke'],
  ['iam:ListUsers', 'optional'],
];

/** A user that does not exist is asked about, or removed: AWS says whether it would be allowed. */
const shows = (action: string) => /:(Get|List|Delete|Detach)/.test(action);

const STEPS: Record<CredentialType, CanaryStepName[]> = {
  iam_user: ['issue', 'renew', 'revoke'],
  assumed_role: ['issue', 'revoke'],
  federation_token: ['issue'],
};

export function canaryOf(secret: SecretView, denied: readonly string[], at: number): Canary {
  const fails = denied.includes('iam:DeleteUser');
  return {
    at: new Date(at).toISOString(),
    user_name: `lh-${secret.draft.name}-${letters(at % 1000, 10)}`,
    lease_id: 'l-20',
    steps: STEPS[typeOf(secret.draft)].map((step) => ({
      step,
      problem:
        fails && step === 'revoke'
          ? problem(
              'aws_denied',
              'AWS denied iam:DeleteUser on the canary’s user.',
              'Its access is cut. Allow iam:DeleteUser, then it is removed by itself.',
            )
          : null,
    })),
    passed: !fails,
  };
}

/** What would be found at this moment; with the canary that flew then, where one did. */
export function preflightOf(
  secret: SecretView,
  denied: readonly string[],
  at: number,
  flownAt: number | null,
): Preflight {
  const resource = `arn:aws:iam::${secret.account_id}:user${secret.draft.iam_path}*`;
  const probes = ACTIONS.map(([action, needed_for]): Probe => {
    const verdict: Verdict = denied.includes(action)
      ? 'denied'
      : flownAt !== null || shows(action)
        ? 'allowed'
        : 'unknown';
    const note =
      verdict === 'denied'
        ? `AWS answered AccessDenied to ${action}.`
        : verdict === 'allowed'
          ? flownAt !== null
            ? 'The canary did it.'
            : 'AWS said that there is no such user, not that it is denied.'
          : 'It cannot be tried without changing something; the canary can.';
    return { action, resource, needed_for, verdict, note };
  });
  const verdictFor = (what: NeededFor): Verdict => {
    const mine = probes.filter(({ needed_for }) => needed_for === what);
    if (mine.some(({ verdict }) => verdict === 'denied')) return 'denied';
    return mine.every(({ verdict }) => verdict === 'allowed') ? 'allowed' : 'unknown';
  };
  const missing = probes.filter(({ verdict }) => verdict === 'denied').map(({ action }) => action);
  return {
    at: new Date(at).toISOString(),
    caller_arn: secret.practice
      ? 'arn:aws:iam::000000000000:user/leasehold-practice'
      : `arn:aws:iam::${secret.account_id}:user/leasehold-manager`,
    probes,
    canary:
      flownAt === null ? (secret.preflight?.canary ?? null) : canaryOf(secret, denied, flownAt),
    issue: verdictFor('issue'),
    renew: verdictFor('renew'),
    revoke: verdictFor('revoke'),
    missing:
      missing.length === 0
        ? null
        : JSON.stringify(
            { Sid: 'LeaseholdMissing', Effect: 'Allow', Action: missing, Resource: resource },
            null,
            2,
          ),
    outdated: false,
  };
}
