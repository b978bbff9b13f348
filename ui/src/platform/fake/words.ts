// A scene of words that are hard to lay out: as long as they may be, and from right to left.
import { connectionOf, leaseOf, secretOf, type Scene } from './scenes';

const MINUTE = 60_000;

/** As long as a name may be. */
const long = (begin: string): string =>
  `${begin}-that-somebody-thought-would-explain-all-there-is-to-know`.slice(0, 64);

/** `a` and `f` are of one alphabet, the rest is what is typed by a person. */
const RIGHT_TO_LEFT = [
  'ملاحظة من اليمين إلى اليسار',
  'גיבוי לילי, כרטיס PAY-1182',
  'نشر (staging) #42: العودة إلى v1.2.0',
];

export function hardWords(now: number, bare: Scene): Scene {
  const connection = connectionOf(now, {
    name: long('acme-payments-production'),
    caller_arn: `arn:aws:iam::123456789012:user/managing/${'team-platform/'.repeat(6)}leasehold-manager`,
  });
  const folder = `/payments/${'department-of-reconciliation/'.repeat(4)}exports`;
  const environment = long('development');
  const draft = {
    environment,
    folder,
    iam_path: `/leases${folder}/`,
    permission_boundary: `arn:aws:iam::123456789012:policy/${'boundaries/'.repeat(6)}lease-boundary`,
    policy_arns: [
      `arn:aws:iam::123456789012:policy/${'service-role/'.repeat(5)}${long('payments-upload')}`,
      'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess',
    ],
    groups: [long('deployers-of-the-payments-inbox')],
    username_template: 'lh-{{secret.name}}-{{identity.name}}-{{unixTimestamp}}-{{random 16}}',
    tags: [
      { key: 'الفريق', value: 'المدفوعات والتسوية' },
      { key: 'צוות', value: RIGHT_TO_LEFT[1] ?? '' },
      { key: long('cost-center'), value: long('one') },
    ],
  };
  const first = {
    ...secretOf(now, connection, { ...draft, name: long('payments-inbox-upload') }),
    id: 's-long',
  };
  const second = secretOf(now, connection, { ...draft, name: 'short', folder: '/' });
  const user = (seed: number) => `lh-${long('payments-inbox')}`.slice(0, 53) + `-x${seed}`;
  const leases = [0, 1, 2, 3, 4].map((index) =>
    leaseOf(200 + index * 3, index % 2 === 0 ? first : second, now - (index * 13 + 4) * MINUTE, {
      user_name: user(index),
      label:
        index === 3
          ? `${long('a note')} ${long('that goes on')}`
          : (RIGHT_TO_LEFT[index % 3] ?? ''),
    }),
  );
  const blocked = leaseOf(230, first, now - 50 * MINUTE, {
    user_name: user(9),
    label: RIGHT_TO_LEFT[0] ?? '',
    state: 'access-cut',
    cut_at: new Date(now - 20 * MINUTE).toISOString(),
    attempts: 3,
    reason: `AWS refuses iam:DeleteUser on arn:aws:iam::123456789012:user${draft.iam_path}${user(9)}.`,
    hint: 'Allow it.',
    cleanup: { done: 3, total: 4, steps: [], blocked_by: 'a login profile', missing_action: null },
  });
  return {
    ...bare,
    environments: [environment, ...Array.from({ length: 13 }, (_, n) => `region-${n + 1}`)].map(
      (name) => ({ id: `e-${name}`, name, secrets: name === environment ? 2 : 0 }),
    ),
    connections: [connection],
    secrets: [first, second],
    leases: [blocked, ...leases],
  };
}
