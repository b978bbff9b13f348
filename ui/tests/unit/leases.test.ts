// The list of leases: order, groups, what stays in its place, what is remembered, and how much of it is drawn.
import type { LeaseView } from '../../src/api/types';
import { offsetsOf, rowsIn } from '../../src/parts/windowed';
import { LeaseChoices } from '../../src/state/leasechoices.svelte';
import { LeasesModel } from '../../src/views/leases/leases.svelte';
import { lookOf, triedFor, TRIED_MS } from '../../src/words/lease';
import { groupsOf, nextSort, StillOrder, compareBy } from '../../src/words/leaseorder';
import { deskOn } from '../desk';

const ids = (leases: readonly LeaseView[]) => leases.map(({ id }) => id);

async function leases() {
  const made = await deskOn();
  const model = new LeasesModel(made.desk);
  const stop = model.start();
  return { ...made, model, stop };
}

test('a column orders one way, the other, and then as they came', () => {
  expect(nextSort(null, 'ends')).toEqual({ by: 'ends', down: false });
  expect(nextSort({ by: 'ends', down: false }, 'ends')).toEqual({ by: 'ends', down: true });
  expect(nextSort({ by: 'ends', down: true }, 'ends')).toBeNull();
  expect(nextSort({ by: 'ends', down: true }, 'issued')).toEqual({ by: 'issued', down: true });
});

test('leases of different clocks are ordered by what a person here sees', async () => {
  const { model, desk, end } = await leases();
  model.sortBy('ends');
  const order = model.shown.map(
    (lease) => Date.parse(lease.expires_at) - lease.clock_offset_ms - desk.clock.now,
  );
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  end();
});

test('a renewed lease keeps its place, a new one comes where it belongs', async () => {
  const { fake, model, end } = await leases();
  model.sortBy('ends');
  const before = ids(model.shown);
  const first = fake.account.lease(before[0] ?? '');
  const far = new Date(Date.now() + 40 * 86_400_000).toISOString();
  fake.emit('engine', { kind: 'lease_changed', lease: { ...first, expires_at: far } });
  expect(ids(model.shown)).toEqual(before);
  const fresh = { ...first, id: 'l-fresh', expires_at: far };
  fake.emit('engine', { kind: 'lease_changed', lease: fresh });
  expect(ids(model.shown)).toEqual([...before, 'l-fresh']);
  end();
});

test('what ends stays in its place until the list is tidied', async () => {
  const { fake, model, end } = await leases();
  const before = ids(model.shown);
  const middle = fake.account.lease(before[1] ?? '');
  const over = { ...middle, state: 'revoked' as const, end_reason: 'by_us' as const };
  fake.emit('engine', { kind: 'lease_changed', lease: over });
  expect(ids(model.shown)).toEqual(before);
  expect(model.shown[1]?.state).toBe('revoked');
  expect(model.rested).toBe(1);
  // It is not counted among those that can be chosen.
  model.selection.toggleAll();
  expect(model.selection.has(middle.id)).toBe(false);
  model.tidy();
  expect(ids(model.shown)).toEqual(before.filter((id) => id !== middle.id));
  end();
});

test('what ended elsewhere does not come into the list of open ones', async () => {
  const { fake, model, end } = await leases();
  const before = ids(model.shown);
  const [known] = model.shown;
  if (!known) throw new Error('the scene has leases');
  const other = { ...known, id: 'l-other', state: 'revoked' as const };
  fake.emit('engine', { kind: 'lease_changed', lease: other });
  expect(ids(model.shown)).toEqual(before);
  end();
});

test('how leases are looked at outlives the screen, and the window but for the search', async () => {
  const { desk, model, stop, end } = await leases();
  model.choose('all');
  model.choices.choose({ picture: 'timeline', group: 'account', range: 'week' });
  model.choices.filter = 'acme';
  stop();
  const again = new LeasesModel(desk);
  expect(again.choices).toMatchObject({ which: 'all', picture: 'timeline', filter: 'acme' });
  expect(new LeaseChoices()).toMatchObject({
    which: 'all',
    picture: 'timeline',
    group: 'account',
    range: 'week',
    filter: '',
  });
  expect(JSON.stringify(localStorage)).not.toContain('acme');
  end();
});

test.each(['nonsense', '[]', 'null', '{"which":"some","sort":{"by":"moon","down":true}}'])(
  'what was kept and makes no sense is left out: %s',
  (text) => {
    localStorage.setItem('leasehold.leases', text);
    expect(new LeaseChoices()).toMatchObject({ which: 'open', sort: null, picture: 'table' });
  },
);

test('groups are by secret or by account, in the order of their names', async () => {
  const { model, end } = await leases();
  const bySecret = groupsOf(model.shown, 'secret');
  expect(bySecret.map(({ title }) => title)).toEqual(['ledger-read', 's3-upload', 'try-me']);
  expect(bySecret[0]?.detail).toBe('development · /payments');
  const byAccount = groupsOf(model.shown, 'account');
  expect(byAccount.map(({ title, leases: { length } }) => [title, length])).toEqual([
    ['000000000000', 1],
    ['123456789012', 3],
  ]);
  end();
});

test('two secrets of one name in two environments are two groups', async () => {
  const { model, end } = await leases();
  const [lease] = model.shown;
  if (!lease) throw new Error('the scene has leases');
  const there = { ...lease, id: 'l-x', secret_id: 's-other', environment: 'production' };
  expect(groupsOf([lease, there], 'secret')).toHaveLength(2);
  end();
});

test('without a column the order is the list’s own, and a new lease stands where the list has it', () => {
  const order = new StillOrder();
  const lease = (id: string) => ({ id }) as LeaseView;
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(lease) as [
    LeaseView,
    LeaseView,
    LeaseView,
    LeaseView,
  ];
  expect(ids(order.arrange([a, b, c], 'x', null))).toEqual(['a', 'b', 'c']);
  expect(ids(order.arrange([d, a, c, b], 'x', null))).toEqual(['d', 'a', 'b', 'c']);
  expect(ids(order.arrange([c, b, a], 'y', null))).toEqual(['c', 'b', 'a']);
});

test('by state the gravest stands first', async () => {
  const { desk, end } = await deskOn({ scene: 'alarms' });
  const now = desk.clock.now;
  const sorted = (desk.ledger.leases.value ?? []).toSorted(
    compareBy({ by: 'state', down: false }, now),
  );
  const forms = sorted.map((lease) => lookOf(lease, now + lease.clock_offset_ms).form);
  expect(forms[0]).toBe('alarm');
  expect(forms.indexOf('cut')).toBeLessThan(forms.indexOf('active'));
  end();
});

test('a fresh key says for how long it has been tried, until the engine gives up', async () => {
  const { model, end } = await leases();
  const [lease] = model.shown;
  if (!lease?.issued_at) throw new Error('the scene has leases');
  const issued = Date.parse(lease.issued_at);
  const fresh = { ...lease, usable_after_ms: null, end_asked_at: null };
  expect(triedFor(fresh, issued + 4200)).toBe(4200);
  expect(lookOf(fresh, issued + 4200).detail).toBe('key being tried, 4 s');
  expect(triedFor(fresh, issued + TRIED_MS + 1)).toBeNull();
  expect(triedFor(lease, issued + 4200)).toBeNull();
  end();
});

test('rows are found by where they are, at any height', () => {
  const offsets = offsetsOf([36, 60, 60, 36, 60]);
  expect(offsets.at(-1)).toBe(252);
  expect(rowsIn(offsets, -500, 10)).toEqual([0, 0]);
  expect(rowsIn(offsets, 36, 155)).toEqual([1, 2]);
  expect(rowsIn(offsets, 95, 9999)).toEqual([1, 4]);
  expect(rowsIn(offsetsOf([]), 0, 100)).toEqual([0, 0]);
});
