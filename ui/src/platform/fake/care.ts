// What the fake desktop finds when it compares: leases that stand otherwise than recorded, and users that no lease knows.
import type {
  Cleanup,
  CleanupStepName,
  CleanupStepState,
  ConnectionProblem,
  Found,
  LeaseView,
  OrphanView,
  ReconcileReport,
} from '../../api/types';
import { problem } from './rules';
import type { Scene } from './scenes';

const STEPS: CleanupStepName[] = ['key', 'attachments', 'guards', 'user'];

/** Four steps, the first `done` of them confirmed; the next one as said, the rest waiting. */
export function cleanupOf(
  done: number,
  at: CleanupStepState,
  blocked: { by: string; action: string | null } | null = null,
): Cleanup {
  return {
    done,
    total: STEPS.length,
    steps: STEPS.map((step, index) => ({
      step,
      state: index < done ? 'done' : index === done ? at : 'waiting',
    })),
    blocked_by: blocked?.by ?? null,
    missing_action: blocked?.action ?? null,
  };
}

export function orphanOf(now: number, over: Partial<OrphanView>): OrphanView {
  const name = over.user_name ?? 'lh-s3-upload-Zr81kQvT0p';
  const path = over.iam_path ?? '/leases/';
  return {
    connection: 'acme-dev',
    account_id: '123456789012',
    user_name: name,
    user_id: 'AIDAQ3EGZ6LPT4XAMPLE1',
    user_arn: `arn:aws:iam::123456789012:user${path}${name}`,
    iam_path: path,
    created_at: new Date(now - 5 * 86_400_000).toISOString(),
    origin: 'ours',
    installation: 'k3v9x2ab',
    expires_at: new Date(now - 4 * 86_400_000).toISOString(),
    ...over,
  };
}

export const orphansFound = (now: number): OrphanView[] => [
  orphanOf(now, {}),
  orphanOf(now, {
    user_name: 'lh-ledger-read-5mHsXw2dKe',
    user_id: 'AIDAQ3EGZ6LPT4XAMPLE2',
    created_at: new Date(now - 3 * 3_600_000).toISOString(),
    expires_at: new Date(now + 2 * 3_600_000).toISOString(),
  }),
  orphanOf(now, {
    user_name: 'lh-nightly-export-pQ7tVb1LsA',
    user_id: 'AIDAQ3EGZ6LPT4XAMPLE3',
    origin: 'other_installation',
    installation: '7mq2ztwd',
    expires_at: new Date(now + 40 * 60_000).toISOString(),
  }),
  orphanOf(now, {
    user_name: 'legacy-uploader',
    user_id: 'AIDAQ3EGZ6LPT4XAMPLE4',
    created_at: new Date(now - 900 * 86_400_000).toISOString(),
    origin: 'foreign',
    installation: null,
    expires_at: null,
  }),
];

/** What AWS answers where the optional permission is missing. */
export const mayNotList = (connection: string): ConnectionProblem => ({
  connection,
  problem: problem(
    'aws_denied',
    'Users under /leases/ that no lease knows cannot be looked for: AWS denied iam:ListUsers.',
    'This permission is optional. To allow it, add this statement to the managing policy: {"Effect":"Allow","Action":"iam:ListUsers","Resource":"arn:aws:iam::210987654321:user/leases/*"}',
  ),
});

/** Compares, as the engine would: only what is not simply as recorded is in the answer. */
export function compare(scene: Scene, connection: string | null, at: string): ReconcileReport {
  const open = scene.leases.filter(
    (lease) =>
      ['issuing', 'active', 'revoking', 'access-cut'].includes(lease.state) &&
      (connection === null || lease.connection === connection),
  );
  const found: Found[] = [];
  for (const lease of open) {
    lease.reconciled_at = at;
    lease.standing ??= 'live';
    if (lease.standing !== 'live') found.push(foundOf(lease));
  }
  const problems = scene.cannotAsk.filter(
    (one) => connection === null || one.connection === connection,
  );
  const orphans = scene.orphans.filter(
    (one) => connection === null || one.connection === connection,
  );
  return { looked_at: open.length, found, problems, orphans };
}

const foundOf = (lease: LeaseView): Found => ({
  lease_id: lease.id,
  secret: lease.secret,
  user_name: lease.user_name,
  standing: lease.standing ?? 'unknown',
  findings: lease.findings,
});
