// The history of leases: a few pages of it, whatever comes; nothing that is looked at moves.
import type { LeaseView } from '../../src/api/types';
import {
  ALL_LEASES,
  KEPT_PAGES,
  LeaseHistory,
  PAGE_LEASES,
  type HistoryQuery,
} from '../../src/state/history.svelte';
import { callsOf, denied, deskOn } from '../desk';

const ids = (history: LeaseHistory) => (history.leases ?? []).map(({ id }) => id);

async function history(query: Partial<HistoryQuery> = {}) {
  const { fake, desk, end } = await deskOn({ scene: 'history' });
  const model = new LeaseHistory(desk.api);
  const follow = async (change: Partial<HistoryQuery>) => {
    model.follow({ ...ALL_LEASES, ...change });
    await vi.waitFor(() => expect(model.busy).toBeNull());
  };
  await follow(query);
  const [known] = fake.account.scene.leases;
  if (!known) throw new Error('the scene has leases');
  /** One that was asked for a moment ago. */
  const fresh = (id: string, over: Partial<LeaseView> = {}): LeaseView => ({
    ...known,
    id,
    created_at: new Date(Date.now() + 1000).toISOString(),
    ...over,
  });
  return { fake, desk, end, model, follow, fresh };
}

test.each(['issued', 'lease', 'state', 'ends'] as const)(
  'a walk by %s through it all holds a few pages at a time, each lease once, and the same ones back',
  async (sort) => {
    const { fake, model, end } = await history({ sort });
    const whole: string[] = ids(model);
    let most = 0;
    while (model.hasAfter) {
      await model.after();
      most = Math.max(most, ids(model).length);
      whole.push(
        ...ids(model)
          .slice(-PAGE_LEASES)
          .filter((id) => !whole.includes(id)),
      );
    }
    expect(most).toBe(KEPT_PAGES * PAGE_LEASES);
    expect(whole).toHaveLength(fake.account.scene.leases.length);
    expect(new Set(whole).size).toBe(whole.length);
    expect(model.total).toBe(whole.length);
    while (model.hasBefore) await model.before();
    expect(ids(model)).toEqual(whole.slice(0, ids(model).length));
    expect(ids(model).length).toBeLessThanOrEqual(KEPT_PAGES * PAGE_LEASES);
    end();
  },
);

test('a new lease comes on top of the newest, and else is counted until one asks for it', async () => {
  const { fake, model, follow, fresh, end } = await history();
  const before = ids(model);
  model.hear(fresh('x-1'));
  expect(ids(model)).toEqual(['x-1', ...before]);
  for (let page = 0; page < KEPT_PAGES; page += 1) await model.after();
  const looked = ids(model);
  model.hear(fresh('x-2'));
  model.hear(fresh('x-2'));
  expect(ids(model)).toEqual(looked);
  expect(model.fresh).toBe(1);
  await follow({ sort: 'ends' });
  expect(model.fresh).toBe(0);
  model.hear(fresh('x-3'));
  expect([model.fresh, ids(model).includes('x-3')]).toEqual([1, false]);
  fake.account.scene.leases.push(fresh('x-3', { expires_at: '2099-01-01T00:00:00Z' }));
  await model.load();
  expect([model.fresh, ids(model)[0]]).toEqual([0, 'x-3']);
  end();
});

test('however many new ones come, no more are kept than the pages hold', async () => {
  const { model, fresh, end } = await history();
  for (let index = 0; index < 1000; index += 1) model.hear(fresh(`x-${index}`));
  expect(ids(model)).toHaveLength(KEPT_PAGES * PAGE_LEASES);
  expect(model.fresh).toBe(1000 - (KEPT_PAGES - 1) * PAGE_LEASES);
  end();
});

test('one that changes keeps its place, and an old one that is not shown is not taken for new', async () => {
  const { fake, model, end } = await history();
  const before = ids(model);
  const third = model.leases?.[2];
  const old = fake.account.scene.leases.at(-1);
  if (!third || !old) throw new Error('the scene has leases');
  model.hear({ ...third, state: 'revoked', ended_at: new Date().toISOString() });
  expect(ids(model)).toEqual(before);
  expect(model.leases?.[2]?.state).toBe('revoked');
  model.hear({ ...old, reconciled_at: new Date().toISOString() });
  expect([ids(model), model.fresh]).toEqual([before, 0]);
  end();
});

test('a lease that is not of what was chosen is not counted as new', async () => {
  const { model, follow, fresh, end } = await history({ secret_id: 's-try-me' });
  model.hear(fresh('x-1', { secret_id: 's-other' }));
  await follow({ environment: 'production' });
  model.hear(fresh('x-2', { environment: 'staging' }));
  await follow({ set: 'ended' });
  model.hear(fresh('x-3', { state: 'active' }));
  await follow({ set: 'attention' });
  model.hear(fresh('x-4', { alarm: null, attempts: 0 }));
  expect(model.fresh).toBe(0);
  await follow({ set: 'ended' });
  model.hear(fresh('x-3', { state: 'revoked' }));
  expect(model.fresh).toBe(1);
  end();
});

test('a page that cannot be had is said and takes nothing away', async () => {
  const { fake, model, end } = await history();
  const before = ids(model);
  fake.faults.set('lease_page', denied);
  await model.after();
  expect([model.moreProblem?.code, ids(model)]).toEqual(['aws_denied', before]);
  await model.load();
  expect([model.problem?.code, ids(model)]).toEqual(['aws_denied', before]);
  fake.faults.delete('lease_page');
  await model.after();
  expect(ids(model)).toHaveLength(2 * PAGE_LEASES);
  end();
});

test('the answer to an older question is not taken for that to a newer one', async () => {
  const { fake, model, end } = await history();
  const asked = callsOf(fake, 'lease_page').length;
  model.follow({ ...ALL_LEASES, set: 'ended' });
  model.follow({ ...ALL_LEASES, set: 'attention' });
  await vi.waitFor(() => expect(model.busy).toBeNull());
  expect(callsOf(fake, 'lease_page')).toHaveLength(asked + 2);
  expect(model.leases?.every(({ state }) => state !== 'revoked')).toBe(true);
  end();
});
