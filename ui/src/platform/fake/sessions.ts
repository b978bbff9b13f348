// Leases of the fake desktop that are sessions of AWS STS.
import type { LeaseView, SecretView } from '../../api/types';
import { leaseOf, letters, secretOf, UPPER, type Scene } from './scenes';

const MINUTE = 60_000;
const iso = (at: number) => new Date(at).toISOString();

/** What it is of, and what a revoke can do for it. */
export function sessionOf(
  { draft }: SecretView,
  expiresAt: string,
): Pick<LeaseView, 'credential' | 'renewable' | 'revoke_effect' | 'revoke_note'> {
  switch (draft.credential_type) {
    case 'assumed_role':
      return {
        credential: {
          kind: 'assumed_role',
          role_arn: draft.role_arn,
          external_id: draft.external_id || null,
        },
        renewable: false,
        revoke_effect: 'may_deny_session',
        revoke_note: `Revoking denies everything to this session, where the managing user may put a policy on its role. It ends by itself at ${expiresAt.replace(/\.\d+/, '')}.`,
      };
    case 'federation_token':
      return {
        credential: { kind: 'federation_token' },
        renewable: false,
        revoke_effect: 'ends_by_itself',
        revoke_note: `A federation token cannot be ended before its time without taking rights from the managing user itself. It ends by itself at ${expiresAt.replace(/\.\d+/, '')}.`,
      };
    default:
      return {
        credential: { kind: 'iam_user' },
        renewable: true,
        revoke_effect: 'deletes_user',
        revoke_note: 'Revoking deletes its key at once, and then its user.',
      };
  }
}

/** Sessions of AWS STS beside IAM users: running, cut, waiting for their own end, and over. */
export function withSessions(scene: Scene, now: number): Scene {
  const [acme] = scene.connections;
  if (!acme) return scene;
  const user = { iam_path: '', username_template: '' };
  const deploy = secretOf(now, acme, {
    ...user,
    name: 'deploy-role',
    credential_type: 'assumed_role',
    role_arn: 'arn:aws:iam::123456789012:role/ci/deploy',
    external_id: 'acme-ci-7731',
    default_ttl: '30m',
    max_ttl: '1h',
  });
  const look = secretOf(now, acme, {
    ...user,
    name: 'look-around',
    credential_type: 'federation_token',
    default_ttl: '1h',
    max_ttl: '12h',
    policy_arns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  });
  scene.secrets.push(deploy, look);
  const waiting: Partial<LeaseView> = {
    state: 'revoking',
    end_reason: 'by_us',
    revoke_effect: 'ends_by_itself',
    attempts: 1,
    reason:
      'AWS denied iam:PutRolePolicy on role ci/deploy. It ends by itself, and is not revoked before.',
    hint: 'Allow iam:PutRolePolicy on arn:aws:iam::123456789012:role/ci/deploy.',
    next_attempt_at: iso(now + 6 * MINUTE),
  };
  const cut: Partial<LeaseView> = {
    state: 'access-cut',
    end_reason: 'by_us',
    cut_at: iso(now - 2 * MINUTE),
    next_attempt_at: iso(now + 9 * MINUTE),
    cleanup: {
      done: 1,
      total: 2,
      steps: [
        { step: 'key', state: 'done' },
        { step: 'guards', state: 'next' },
      ],
      blocked_by: null,
      missing_action: null,
    },
  };
  const session = (seed: number, secret: SecretView, at: number, over: Partial<LeaseView> = {}) =>
    leaseOf(seed, secret, at, {
      user_name: `lh-${secret.draft.name}-${letters(seed, 24, UPPER).toLowerCase()}`,
      user_id: `AROA${letters(seed + 1, 17, UPPER)}:lh-${secret.draft.name}`,
      access_key_id: `ASIA${letters(seed + 2, 16, UPPER)}`,
      ...over,
    });
  scene.leases.unshift(
    session(41, deploy, now - 4 * MINUTE, { label: 'release 4.2' }),
    session(44, look, now - 20 * MINUTE),
    session(47, deploy, now - 22 * MINUTE, waiting),
    session(50, deploy, now - 21 * MINUTE, cut),
    session(53, deploy, now - 90 * MINUTE, {
      state: 'expired',
      end_reason: 'expired',
      ended_at: iso(now - 60 * MINUTE),
    }),
  );
  return scene;
}
