// The pre-flight of the fake desktop: everything is allowed, but where the scene says that AWS denies an action.
import type { NeededFor, Preflight, Probe, SecretView, Verdict } from '../../api/types';
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
  ['iam:DetachUserPolicy', 'revoke'],
  ['iam:DeleteUser', 'revoke'],
  ['iam:ListUsers', 'optional'],
];

/** Reading shows itself; writing is only known where the canary did it. */
const shows = (action: string) => /:(Get|List)/.test(action);

export function preflightOf(
  secret: SecretView,
  denied: readonly string[],
  canary: boolean,
  now: number,
): Preflight {
  const resource = `arn:aws:iam::${secret.account_id}:user${secret.draft.iam_path}*`;
  const probes = ACTIONS.map(([action, needed_for]): Probe => {
    const verdict: Verdict = denied.includes(action)
      ? 'denied'
      : canary || shows(action)
        ? 'allowed'
        : 'unknown';
    const note =
      verdict === 'denied'
        ? `AWS answered AccessDenied to ${action}.`
        : verdict === 'allowed'
          ? canary
            ? 'The canary did it.'
            : 'AWS answered it.'
          : 'It cannot be tried without changing something; the canary can.';
    return { action, resource, needed_for, verdict, note };
  });
  const verdictFor = (what: NeededFor): Verdict => {
    const mine = probes.filter(({ needed_for }) => needed_for === what);
    if (mine.some(({ verdict }) => verdict === 'denied')) return 'denied';
    return mine.every(({ verdict }) => verdict === 'allowed') ? 'allowed' : 'unknown';
  };
  const missing = probes.filter(({ verdict }) => verdict === 'denied').map(({ action }) => action);
  const at = new Date(now).toISOString();
  return {
    at,
    caller_arn: `arn:aws:iam::${secret.account_id}:user/leasehold-manager`,
    probes,
    canary: canary
      ? {
          at,
          user_name: `lh-canary-${letters(now % 1000, 10)}`,
          lease_id: 'l-canary',
          steps: (['issue', 'renew', 'revoke'] as const).map((step) => ({ step, problem: null })),
          passed: missing.length === 0,
        }
      : (secret.preflight?.canary ?? null),
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
