import { countWords } from '../../src/state/bulk.svelte';
import { LeasesModel } from '../../src/views/leases/leases.svelte';
import { callsOf, denied, deskOn, NOON } from '../desk';

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});

test('what is said adds up: confirmed, pending, left as they were', () => {
  const counts = { total: 1000, revoked: 412, pending: 3, untouched: 585 };
  expect(countWords(counts)).toBe('412 revoked, 3 pending, 585 left as they were');
  expect(countWords({ total: 2, revoked: 1, pending: 0, untouched: 1 })).toBe(
    '1 revoked, 1 left as it was',
  );
  expect(countWords({ total: 2, revoked: 2, pending: 0, untouched: 0 })).toBe('2 revoked');
});

test('many leases are revoked with progress, and rows that wait say so', async () => {
  const { desk, end } = await deskOn({ stepMs: 100 });
  const leases = desk.revocable;
  expect(leases).toHaveLength(4);
  const done = desk.bulk.start(leases);
  await vi.advanceTimersByTimeAsync(150);
  expect(desk.bulk).toMatchObject({ phase: 'running', counts: { total: 4, revoked: 1 } });
  expect(desk.bulk.waiting).toBe(3);
  const waiting = desk.ledger.leases.value?.filter(({ end_asked_at }) => end_asked_at !== null);
  expect(waiting).toHaveLength(3);
  expect(desk.revocable).toEqual([]);
  await vi.advanceTimersByTimeAsync(500);
  await done;
  expect(desk.bulk.phase).toBe('done');
  expect(desk.bulk.report?.revoked).toHaveLength(4);
  desk.bulk.dismiss();
  expect(desk.bulk.phase).toBeNull();
  end();
});

test('stopping finishes what has begun and leaves the rest as it was', async () => {
  const { fake, desk, end } = await deskOn({ stepMs: 100 });
  const done = desk.bulk.start(desk.revocable);
  await vi.advanceTimersByTimeAsync(150);
  await desk.bulk.stop();
  expect(desk.bulk.phase).toBe('stopping');
  const [asked] = callsOf(fake, 'lease_revoke_many') as { requestId: string }[];
  expect(callsOf(fake, 'lease_revoke_stop')).toEqual([{ requestId: asked?.requestId }]);
  await vi.advanceTimersByTimeAsync(500);
  await done;
  expect(desk.bulk.counts).toEqual({ total: 4, revoked: 2, pending: 0, untouched: 2 });
  expect(desk.revocable).toHaveLength(2);
  end();
});

test('what stands in the way is grouped by its reason, with the first next try', async () => {
  const { desk, end } = await deskOn();
  const later = { id: 'b', state: 'access-cut', next_attempt_at: '2026-11-21T13:10:00Z' } as const;
  vi.spyOn(desk.api, 'revokeMany').mockResolvedValue({
    revoked: [],
    ended: [],
    pending: [
      { ...later, id: 'x', reason: 'No network.' },
      { ...later, id: 'a', reason: 'Denied.' },
      { ...later, reason: 'Denied.', next_attempt_at: '2026-11-21T13:05:00Z' },
    ],
    untouched: [],
  });
  await desk.bulk.start(desk.revocable);
  expect(desk.bulk.reasons).toEqual([
    { reason: 'Denied.', ids: ['a', 'b'], next: '2026-11-21T13:05:00Z' },
    { reason: 'No network.', ids: ['x'], next: '2026-11-21T13:10:00Z' },
  ]);
  end();
});

test('a revoke that cannot be begun is told, and can be tried again', async () => {
  const { fake, desk, end } = await deskOn();
  fake.faults.set('lease_revoke_many', denied);
  await desk.bulk.start(desk.revocable);
  expect(desk.bulk).toMatchObject({ phase: 'failed', problem: denied });
  fake.faults.clear();
  await desk.bulk.again();
  expect(desk.bulk).toMatchObject({ phase: 'done', problem: null });
  end();
});

test('one that goes on while the page is loaded anew is followed to its end', async () => {
  const { fake, desk, end } = await deskOn();
  const progress = (revoked: number) =>
    fake.emit('engine', {
      kind: 'bulk_progress',
      request_id: 'from before',
      total: 3,
      revoked,
      pending: 0,
      untouched: 0,
    });
  progress(1);
  expect(desk.bulk).toMatchObject({ phase: 'running', counts: { total: 3, revoked: 1 } });
  await desk.bulk.stop();
  expect(callsOf(fake, 'lease_revoke_stop')).toEqual([{ requestId: 'from before' }]);
  progress(3);
  expect(desk.bulk.phase).toBe('done');
  end();
});

test('a second revoke of many is not begun beside the first', async () => {
  const { fake, desk, end } = await deskOn({ stepMs: 100 });
  const leases = desk.revocable;
  const done = desk.bulk.start(leases);
  desk.askToRevoke(leases);
  expect(desk.questions.current).toBeNull();
  expect(desk.toasts.all[0]?.text).toContain('being revoked already');
  await vi.advanceTimersByTimeAsync(1000);
  await done;
  expect(callsOf(fake, 'lease_revoke_many')).toHaveLength(1);
  end();
});

test('the question before says of how many secrets and accounts the leases are', async () => {
  const { desk, end } = await deskOn();
  desk.askToRevoke(desk.revocable);
  expect(desk.questions.current?.title).toBe('Revoke 4 leases?');
  expect(desk.questions.current?.body[0]).toContain('3 dynamic secrets in 2 accounts');
  end();
});

test('leases are chosen one by one, from one to another, and all that can be revoked', async () => {
  const { desk, end } = await deskOn({ scene: 'alarms' });
  const model = new LeasesModel(desk);
  const { selection } = model;
  const able = model.shown.filter(
    ({ state, end_asked_at }) => state === 'active' && end_asked_at === null,
  );
  expect(selection.possible).toBe(able.length);
  selection.toggle(able[1]?.id ?? '');
  selection.extend(able[3]?.id ?? '');
  expect(selection.leases.map(({ id }) => id)).toEqual(able.slice(1, 4).map(({ id }) => id));
  selection.extend(able[0]?.id ?? '');
  expect(selection.count).toBe(4);
  selection.toggleAll();
  expect(selection.all).toBe(true);
  selection.toggleAll();
  expect(selection.count).toBe(0);
  end();
});

test('what is filtered away or is being ended is not chosen any more', async () => {
  const { fake, desk, end } = await deskOn();
  const model = new LeasesModel(desk);
  model.selection.toggleAll();
  expect(model.selection.count).toBe(4);
  model.choices.filter = 'try-me';
  expect(model.selection.leases.map(({ secret }) => secret)).toEqual(['try-me']);
  model.choices.filter = '';
  const lease = fake.account.lease('l-14');
  lease.end_asked_at = NOON.toISOString();
  fake.emit('engine', { kind: 'lease_changed', lease });
  expect(model.selection.has('l-14') && model.selection.count).toBe(3);
  end();
});
