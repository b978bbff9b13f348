import type { Found, Standing } from '../../src/api/types';
import { leaseOf, secretOf, connectionOf } from '../../src/platform/fake/scenes';
import { ConnectionsModel } from '../../src/views/connections/connections.svelte';
import { compareWords, inKinds, isAboutListing } from '../../src/views/connections/reconcile';
import { LeaseModel } from '../../src/views/lease/lease.svelte';
import { alarmOf, endingOf, inGroups, isRevocable, lookOf } from '../../src/words/lease';
import { missingFor, statementIn } from '../../src/words/policy';
import { callsOf, denied, deskOn, NOON } from '../desk';

const now = NOON.getTime();
const secret = secretOf(now, connectionOf(now, {}), { name: 's3' });
const lease = (over: Parameters<typeof leaseOf>[3] = {}) => leaseOf(1, secret, now, over);

test('each thing that is found has its own word, and a leak is seen before any look', () => {
  expect(alarmOf(lease())).toBeNull();
  expect(alarmOf(lease({ alarm: 'AWSCompromisedKeyQuarantineV3 is attached.' }))).toBe('leak');
  expect(alarmOf(lease({ alarm: 'x', standing: 'foreign' }))).toBe('foreign');
  expect(alarmOf(lease({ alarm: 'x', standing: 'drifted' }))).toBe('drift');
  expect(alarmOf(lease({ alarm: 'x' }))).toBe('other');
  expect(lookOf(lease({ alarm: 'x', standing: 'quarantined' }), now).word).toBe('Key leaked');
});

test('a lease whose end was asked for says that it waits its turn, and is not revoked twice', () => {
  const asked = lease({ end_asked_at: NOON.toISOString() });
  expect(lookOf(asked, now)).toMatchObject({ word: 'To be revoked', detail: 'waits its turn' });
  expect(isRevocable(asked)).toBe(false);
  expect(isRevocable(lease())).toBe(true);
});

test('what needs attention is sorted by gravity', () => {
  const groups = inGroups([
    lease({ state: 'revoking', attempts: 1, reason: 'No network.' }),
    lease({ alarm: 'x', standing: 'drifted' }),
    lease({ alarm: 'x', standing: 'quarantined' }),
    lease({
      state: 'access-cut',
      attempts: 1,
      reason: 'Refused.',
      cleanup: { done: 3, total: 4, steps: [], blocked_by: 'login profile', missing_action: null },
    }),
  ]);
  expect(groups.map(({ kind }) => kind)).toEqual(['leak', 'drift', 'blocked', 'failing']);
});

test('the ways a lease comes to rest are told apart', () => {
  const told = (over: Parameters<typeof lease>[0]) => endingOf(lease(over));
  expect(told({})).toBeNull();
  expect(told({ state: 'revoked', end_reason: 'by_us' })?.title).toBe('Revoked here');
  expect(told({ state: 'revoked', end_reason: 'expired' })?.title).toBe('Ended on time');
  expect(told({ state: 'revoked', end_reason: 'gone_outside' })?.title).toContain('somebody else');
  expect(told({ state: 'failed', end_reason: 'issue_failed' })?.text).toContain('nothing is left');
  const forgotten = told({ state: 'forgotten' });
  expect(forgotten).toMatchObject({ tone: 'danger' });
  expect(forgotten?.text).toContain(lease().user_name);
});

test('the missing statement is for the users of the lease’s path and no others', () => {
  const statement = JSON.parse(
    missingFor(lease({ iam_path: '/leases/' }), 'iam:DeleteLoginProfile'),
  );
  expect(statement).toEqual({
    Sid: 'LeaseholdCleanUp',
    Effect: 'Allow',
    Action: 'iam:DeleteLoginProfile',
    Resource: 'arn:aws:iam::123456789012:user/leases/*',
  });
});

const found = (standing: Standing): Found => ({
  lease_id: standing,
  secret: 's3',
  user_name: 'lh',
  standing,
  findings: [],
});

test('a comparison is summed up in one sentence', () => {
  const report = { looked_at: 0, found: [], problems: [], orphans: [] };
  expect(compareWords(report)).toBe('No open lease to compare');
  expect(compareWords({ ...report, looked_at: 1 })).toBe('1 lease compared: 1 as recorded');
  const mixed = [found('put_right'), found('gone'), found('drifted'), found('quarantined')];
  expect(compareWords({ ...report, looked_at: 9, found: mixed })).toBe(
    '9 leases compared: 5 as recorded, 1 put right, 1 gone in AWS, 2 need you',
  );
  expect(inKinds(mixed).map(({ kind, found }) => [kind, found[0]?.standing])).toEqual([
    ['needs-you', 'quarantined'],
    ['put-right', 'put_right'],
    ['ended', 'gone'],
  ]);
});

test('a statement is taken out of the hint that carries it', () => {
  expect(statementIn('Add this: {"Effect":"Allow"}')).toBe('{\n  "Effect": "Allow"\n}');
  expect(statementIn('Add {what} you like.')).toBeNull();
  expect(statementIn(null)).toBeNull();
});

test('only a missing iam:ListUsers is an optional matter', () => {
  const about = (message: string, code = 'aws_denied' as const) =>
    isAboutListing({ connection: 'c', problem: { code, message, hint: null, field: null } });
  expect(about('AWS denied iam:ListUsers.')).toBe(true);
  expect(about('AWS denied iam:GetUser.')).toBe(false);
});

test('an adopted orphan leaves the table and is a lease again; a foreign one is refused', async () => {
  const { desk, end } = await deskOn({ scene: 'alarms' });
  const model = new ConnectionsModel(desk);
  await model.compare(null);
  const orphans = () => model.compared?.report.orphans ?? [];
  // The first one's time is over: it would be taken down at once.
  const ours = orphans()[1];
  const foreign = orphans().find(({ origin }) => origin === 'foreign');
  if (!ours || !foreign) throw new Error('the scene has both');
  await model.adopt(ours);
  expect(orphans().map(({ user_name }) => user_name)).not.toContain(ours.user_name);
  await desk.ledger.leases.refresh();
  expect(desk.ledger.leases.value?.[0]?.user_name).toBe(ours.user_name);
  await model.adopt(foreign);
  expect(orphans()).toContainEqual(foreign);
  expect(desk.toasts.all.at(-1)).toMatchObject({ tone: 'danger' });
  end();
});

test('a comparison that fails is told, and the next one can go', async () => {
  const { fake, desk, end } = await deskOn();
  const model = new ConnectionsModel(desk);
  fake.faults.set('lease_reconcile', denied);
  await model.compare('acme-dev');
  expect(model).toMatchObject({ compareProblem: denied, compared: null, comparing: undefined });
  fake.faults.clear();
  await model.compare('acme-dev');
  expect(callsOf(fake, 'lease_reconcile')).toHaveLength(2);
  expect(model.compared).toMatchObject({ connection: 'acme-dev', report: { looked_at: 3 } });
  await desk.ledger.leases.refresh();
  expect(model.lastCompared('acme-dev')).not.toBeNull();
  expect(model.lastCompared('practice')).toBeNull();
  end();
});

test('forgetting wants the user name typed out', async () => {
  const { fake, desk, end } = await deskOn({ scene: 'trouble' });
  const model = new LeaseModel(desk, 'l-41', false);
  await model.detail.refresh();
  model.forget();
  const { questions } = desk;
  expect(questions.current?.body.join(' ')).toContain(model.lease?.user_name);
  questions.name = 'yes';
  await questions.confirm();
  expect(callsOf(fake, 'lease_forget')).toEqual([]);
  questions.name = ` ${model.lease?.user_name} `;
  await questions.confirm();
  expect(callsOf(fake, 'lease_forget')).toEqual([{ id: 'l-41' }]);
  expect(questions.current).toBeNull();
  end();
});

test('what a person has seen is not an alarm any more, and its calls are shown on demand', async () => {
  const { fake, desk, end } = await deskOn({ scene: 'alarms' });
  const model = new LeaseModel(desk, 'l-64', false);
  await model.detail.refresh();
  await model.acknowledge();
  expect(callsOf(fake, 'lease_acknowledge')).toEqual([{ id: 'l-64' }]);
  expect(model.lease).toMatchObject({ alarm: null, standing: 'drifted' });
  model.toggleCalls();
  await model.calls?.refresh();
  const ids = model.calls?.value?.flatMap(({ calls }) => calls.map((call) => call.request_id));
  expect(ids?.length).toBeGreaterThan(0);
  model.toggleCalls();
  expect(model.calls).toBeNull();
  end();
});
