// The activity log behind its screen: windowing, filters, new lines, the check, and links into it.
import type { ActivityEntry } from '../../src/api/types';
import { asQuery, filterOf, isFiltered, NO_FILTER, queryOf } from '../../src/state/activityfilter';
import { parseRoute, pathOf } from '../../src/state/router.svelte';
import {
  ActivityModel,
  inDays,
  KEPT_PAGES,
  LOOK_EVERY_MS,
  PAGE_LINES,
  SEARCH_AFTER_MS,
} from '../../src/views/activity/activity.svelte';
import { actorWord, callWords, kindWords } from '../../src/words/activity';
import { callsOf, denied, deskOn, NOON } from '../desk';
import type { FakeOptions } from '../../src/platform/fake';

async function log(options: FakeOptions = {}) {
  const { fake, desk, end } = await deskOn(options);
  const model = new ActivityModel(desk);
  const stop = model.start();
  await model.load();
  return {
    fake,
    desk,
    model,
    end: () => {
      stop();
      end();
    },
  };
}

const seqs = (model: ActivityModel) => model.entries?.map(({ seq }) => seq) ?? [];

test('lines come newest first, without a gap', async () => {
  const { model, end } = await log();
  const found = seqs(model);
  expect(found.length).toBeGreaterThan(10);
  expect(found).toEqual(found.map((_, index) => (found[0] ?? 0) - index));
  expect(model.hasOlder).toBe(false);
  end();
});

test('however far one goes back in 100,000 lines, no more than a few pages are kept', async () => {
  const { model, end } = await log({ scene: 'many' });
  const newest = seqs(model)[0] ?? 0;
  expect(newest).toBeGreaterThan(100_000);
  for (let page = 0; page < 9; page += 1) await model.older();
  expect(seqs(model)).toHaveLength(KEPT_PAGES * PAGE_LINES);
  expect(seqs(model).at(-1)).toBe(newest - 10 * PAGE_LINES + 1);
  expect(model.hasNewer).toBe(true);
  end();
});

test('the way back to the newest shows each line again, once and in order', async () => {
  const { model, end } = await log({ scene: 'many' });
  const first = seqs(model);
  for (let page = 0; page < 6; page += 1) await model.older();
  while (model.hasNewer) await model.newer();
  const found = seqs(model);
  expect(found.slice(0, PAGE_LINES)).toEqual(first);
  expect(found).toEqual(found.map((_, index) => (found[0] ?? 0) - index));
  expect(found).toHaveLength(KEPT_PAGES * PAGE_LINES);
  await model.older();
  expect(seqs(model).at(-1)).toBe((found.at(-1) ?? 0) - PAGE_LINES);
  end();
});

test('new lines are counted and move nothing; asked for, they are shown', async () => {
  const { fake, model, end } = await log({ scene: 'many' });
  vi.useFakeTimers();
  const before = seqs(model);
  for (let index = 0; index < 12; index += 1) fake.account.log.add('secret.edited', 'Edited.');
  const asked = callsOf(fake, 'activity_list').length;
  await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS);
  expect(model.fresh).toBe(12);
  expect(callsOf(fake, 'activity_list')).toHaveLength(asked + 1);
  expect(seqs(model)).toEqual(before);
  await model.load();
  expect(model.fresh).toBe(0);
  expect(seqs(model)[0]).toBe((before[0] ?? 0) + 12);
  end();
});

test('new lines that the filter leaves out are not announced', async () => {
  const { fake, desk, model, end } = await log();
  desk.router.filterActivity({ outcomes: ['alarm'] });
  await model.load();
  vi.useFakeTimers();
  fake.account.log.add('secret.edited', 'Edited.');
  await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS);
  expect(model.fresh).toBe(0);
  end();
});

test('an empty log fills by itself', async () => {
  const { fake, model, end } = await log({ scene: 'first' });
  expect(model.entries).toEqual([]);
  vi.useFakeTimers();
  fake.account.log.add('environment.added', 'qa was added.');
  await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS);
  expect(seqs(model)).toEqual([1]);
  end();
});

test('nothing is asked any more when the screen is left', async () => {
  const { fake, end } = await log();
  vi.useFakeTimers();
  fake.account.log.add('secret.edited', 'Edited.');
  end();
  const asked = callsOf(fake, 'activity_list').length;
  await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS * 3);
  expect(callsOf(fake, 'activity_list')).toHaveLength(asked);
});

test('the search waits until typing rests, and is asked for once', async () => {
  const { fake, desk, model, end } = await log();
  vi.useFakeTimers();
  for (const text of ['D', 'De', 'DeleteUser ']) model.type(text);
  await vi.advanceTimersByTimeAsync(SEARCH_AFTER_MS - 1);
  expect(desk.router.activity.search).toBe('');
  await vi.advanceTimersByTimeAsync(1);
  model.follow();
  await vi.advanceTimersByTimeAsync(0);
  expect(callsOf(fake, 'activity_list').at(-1)).toMatchObject({ query: { search: 'DeleteUser' } });
  expect(model.entries?.every((entry) => JSON.stringify(entry).includes('DeleteUser'))).toBe(true);
  end();
});

test('a slow answer for an older filter is not shown', async () => {
  const { desk, model, end } = await log();
  const all = model.entries;
  const answers: ((entries: ActivityEntry[]) => void)[] = [];
  vi.spyOn(desk.api, 'activity').mockImplementation(
    () => new Promise((done) => answers.push((entries) => done({ entries, before: null }))),
  );
  desk.router.filterActivity({ outcomes: ['failed'] });
  model.follow();
  desk.router.filterActivity({ outcomes: ['alarm'] });
  model.follow();
  answers[1]?.([]);
  answers[0]?.(all ?? []);
  await vi.waitFor(() => expect(model.busy).toBeNull());
  expect(model.entries).toEqual([]);
  end();
});

test('the filter is kept while one moves around, and a link sets another', async () => {
  const { desk, end } = await deskOn();
  const { router } = desk;
  router.go({ screen: 'activity' });
  router.filterActivity({ span: 'week', outcomes: ['failed'] });
  expect(location.hash).toBe('#/activity?span=week&outcome=failed');
  router.go({ screen: 'leases' });
  router.go({ screen: 'activity' });
  expect(router.activity).toMatchObject({ span: 'week', outcomes: ['failed'] });
  router.go({ screen: 'activity', filter: { lease: 'l-14' } });
  expect(router.activity).toEqual({ ...NO_FILTER, lease: 'l-14' });
  expect(location.hash).toBe('#/activity?lease=l-14');
  end();
});

test('a filter survives the address, and what an address does not know is left out', () => {
  const filter = {
    ...NO_FILTER,
    span: 'day' as const,
    outcomes: ['begun' as const, 'alarm' as const],
    secret: 's-3 & more',
    search: 'user/lh-x',
  };
  expect(filterOf(queryOf(filter))).toEqual(filter);
  expect(filterOf('span=century&outcome=maybe&outcome=done')).toEqual({
    ...NO_FILTER,
    outcomes: ['done'],
  });
  const path = `/activity?${queryOf(filter)}`;
  expect(pathOf(parseRoute(path).route)).toBe(path);
  expect(pathOf(parseRoute('/activity').route)).toBe('/activity');
  expect(isFiltered({ ...NO_FILTER, search: '  ' })).toBe(false);
});

test('a span is asked for as a moment, and blanks as nothing', () => {
  expect(
    asQuery({ ...NO_FILTER, span: 'day', search: ' ' }, NOON.getTime(), {
      before: 7,
      limit: 20,
    }),
  ).toEqual({
    since: '2026-11-20T12:00:00.000Z',
    until: null,
    lease_id: null,
    connection: null,
    secret: null,
    secret_id: null,
    outcomes: [],
    search: null,
    before: 7,
    limit: 20,
  });
});

test('a broken chain leads to the line, whatever was filtered', async () => {
  const { desk, model, end } = await log({ scene: 'tampered' });
  desk.router.filterActivity({ secret: 's-try-me' });
  await model.load();
  await model.verify();
  const seq = model.check?.fault?.seq ?? 0;
  await model.jump(seq);
  model.follow();
  expect(desk.router.activity).toEqual(NO_FILTER);
  expect(seqs(model)).toContain(seq);
  expect(model.from).toBe(seq);
  end();
});

test('a check that fails says why and claims nothing', async () => {
  const { fake, model, end } = await log();
  await model.verify();
  expect(model.check?.fault).toBeNull();
  fake.faults.set('activity_verify', denied);
  await model.verify();
  expect(model.check).toBeNull();
  expect(model.checkProblem?.code).toBe('aws_denied');
  end();
});

test('an export takes what the filter shows', async () => {
  const { fake, desk, model, end } = await log();
  desk.router.filterActivity({ outcomes: ['failed'] });
  await model.exportAs('csv');
  expect(callsOf(fake, 'activity_export')).toMatchObject([
    { format: 'csv', query: { outcomes: ['failed'], before: null } },
  ]);
  expect(model.exported?.path).toMatch(/\.csv$/);
  fake.faults.set('activity_export', denied);
  await model.exportAs('jsonl');
  expect(model.exported).toBeNull();
  expect(model.exportProblem?.code).toBe('aws_denied');
  end();
});

test('older lines that do not come leave what is there, and say why', async () => {
  const { fake, model, end } = await log({ scene: 'many' });
  fake.faults.set('activity_list', denied);
  await model.older();
  expect(seqs(model)).toHaveLength(PAGE_LINES);
  expect(model.moreProblem?.code).toBe('aws_denied');
  fake.faults.delete('activity_list');
  await model.older();
  expect(model.moreProblem).toBeNull();
  expect(seqs(model)).toHaveLength(2 * PAGE_LINES);
  end();
});

test('lines stand under their day', () => {
  const at = (text: string) => ({ at: text, seq: 1 }) as ActivityEntry;
  const now = new Date(2026, 10, 21, 14).getTime();
  const local = (day: number, hour: number) => new Date(2026, 10, day, hour).toISOString();
  const days = inDays(
    [at(local(21, 9)), at(local(21, 1)), at(local(20, 23)), at(local(2, 3))],
    now,
  );
  expect(days.map(({ label, entries }) => [label, entries.length])).toEqual([
    ['today', 2],
    ['yesterday', 1],
    ['2 Nov', 1],
  ]);
});

test('kinds are said in words, also those of a newer engine', () => {
  expect(kindWords('lease.user_created')).toMatchObject({
    subject: 'lease',
    noun: 'Lease',
    verb: 'user created',
  });
  expect(kindWords('lease.retry').verb).toBe('not done yet');
  expect(kindWords('auth_method.created')).toMatchObject({
    subject: 'method',
    noun: 'Auth method',
    verb: 'created',
  });
  expect(kindWords('login.asked')).toMatchObject({ subject: 'login', verb: 'waits for you' });
  expect(kindWords('role.rule_set')).toMatchObject({ noun: 'Access role', verb: 'rule set' });
  expect(kindWords('gateway.started')).toMatchObject({ subject: 'gateway', verb: 'started' });
  expect(actorWord('gateway')).toBe('Gateway');
  expect(kindWords('secret.canary')).toMatchObject({ subject: 'preflight', noun: 'Canary' });
  expect(kindWords('moon_base.landed')).toEqual({
    subject: 'other',
    noun: 'moon base',
    verb: 'landed',
  });
  expect(actorWord('cli')).toBe('Terminal');
  expect(actorWord('somebody')).toBe('somebody');
});

test('calls are counted with those that AWS refused', () => {
  const call = (code: string | null) => ({
    action: 'iam:GetUser',
    resource: null,
    code,
    request_id: null,
  });
  const entry = (codes: (string | null)[]) => ({ calls: codes.map(call) }) as ActivityEntry;
  expect(callWords(entry([]))).toBeNull();
  expect(callWords(entry([null]))).toBe('1 AWS call');
  expect(callWords(entry([null, 'Throttling', null]))).toBe('3 AWS calls, 1 refused');
});
