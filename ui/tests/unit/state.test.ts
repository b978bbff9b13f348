import { Desk } from '../../src/state/desk.svelte';
import { Clock } from '../../src/state/clock.svelte';
import { Loaded } from '../../src/state/loaded.svelte';
import { Questions } from '../../src/state/questions.svelte';
import { Toasts } from '../../src/state/toasts.svelte';
import { FakePlatform } from '../../src/platform/fake';
import { callsOf, denied, deskOn, NOON } from '../desk';

function hideWindow(hidden: boolean) {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(hidden);
  document.dispatchEvent(new Event('visibilitychange'));
}

test('the clock ticks on the whole second while the window is seen and rests while it is hidden', () => {
  vi.useFakeTimers({ now: NOON.getTime() + 400 });
  const clock = new Clock();
  const end = clock.start();
  expect(clock.now).toBe(NOON.getTime() + 400);
  vi.advanceTimersByTime(600);
  expect(clock.now).toBe(NOON.getTime() + 1000);
  vi.advanceTimersByTime(3000);
  expect(clock.now).toBe(NOON.getTime() + 4000);

  hideWindow(true);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(60_000);
  expect(clock.now).toBe(NOON.getTime() + 4000);

  hideWindow(false);
  expect(clock.now).toBe(NOON.getTime() + 64_000);
  end();
  expect(vi.getTimerCount()).toBe(0);
});

test('while nothing runs out the clock ticks each minute, and each second as soon as something does', () => {
  vi.useFakeTimers({ now: NOON.getTime() + 400 });
  let busy = false;
  const clock = new Clock(() => busy);
  const end = clock.start();
  vi.advanceTimersByTime(59_000);
  expect(clock.now).toBe(NOON.getTime() + 400);
  vi.advanceTimersByTime(600);
  expect(clock.now).toBe(NOON.getTime() + 60_000);
  busy = true;
  vi.advanceTimersByTime(10_000);
  clock.wake();
  expect(clock.now).toBe(NOON.getTime() + 70_000);
  vi.advanceTimersByTime(1000);
  expect(clock.now).toBe(NOON.getTime() + 71_000);
  end();
});

test('a desk without leases does not tick by the second, and does from the first lease on', async () => {
  const { fake, desk, end } = await deskOn({ scene: 'empty' });
  vi.useFakeTimers({ now: NOON });
  desk.clock.wake();
  vi.advanceTimersByTime(5000);
  expect(desk.clock.now).toBe(NOON.getTime());
  const { fake: other } = await deskOn();
  const [lease] = other.account.scene.leases;
  if (!lease) throw new Error('the scene has leases');
  fake.emit('engine', { kind: 'lease_changed', lease });
  await vi.advanceTimersByTimeAsync(3000);
  expect(desk.clock.now).toBe(NOON.getTime() + 8000);
  end();
});

test('AWS’s time is local time plus the offset', () => {
  vi.useFakeTimers({ now: NOON });
  expect(new Clock().aws(3000)).toBe(NOON.getTime() + 3000);
});

test('requests during a request are answered together by one more', async () => {
  const answers: ((value: number) => void)[] = [];
  const loaded = new Loaded(() => new Promise<number>((done) => answers.push(done)));
  expect(loaded.waiting).toBe(true);
  const first = loaded.refresh();
  void loaded.refresh();
  void loaded.refresh();
  answers[0]?.(1);
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  expect(loaded.value).toBeNull();
  answers[1]?.(2);
  await first;
  expect(loaded.value).toBe(2);
  expect(answers).toHaveLength(2);
});

test('a request at the very moment of an answer is not lost', async () => {
  let kept = 1;
  const loaded = new Loaded(() => Promise.resolve(kept));
  void loaded.refresh();
  for (let turn = 0; loaded.value === null && turn < 20; turn += 1) await Promise.resolve();
  kept = 2;
  await loaded.refresh();
  expect(loaded.value).toBe(2);
});

test('a failed request keeps what was known and says why', async () => {
  let fails = false;
  const loaded = new Loaded(() => (fails ? Promise.reject(denied) : Promise.resolve('known')));
  await loaded.refresh();
  fails = true;
  await loaded.refresh();
  expect(loaded.value).toBe('known');
  expect(loaded.problem?.code).toBe('aws_denied');
  fails = false;
  await loaded.refresh();
  expect(loaded.problem).toBeNull();
});

test('toasts go by themselves, and only three stay', () => {
  vi.useFakeTimers();
  const toasts = new Toasts();
  for (const text of ['a', 'b', 'c', 'd']) toasts.say('ok', text);
  expect(toasts.all.map(({ text }) => text)).toEqual(['b', 'c', 'd']);
  vi.advanceTimersByTime(6000);
  expect(toasts.all).toEqual([]);
});

test('a question stays open with its problem until it is done', async () => {
  const questions = new Questions();
  let fails = true;
  questions.ask({
    title: 'Sure?',
    body: [],
    action: 'Do',
    act: () => (fails ? Promise.reject(denied) : Promise.resolve()),
  });
  await questions.confirm();
  expect(questions.problem?.code).toBe('aws_denied');
  expect(questions.current).not.toBeNull();
  fails = false;
  await questions.confirm();
  expect(questions.current).toBeNull();
});

test('a lease that comes to rest leaves the open leases, and counts are asked anew', async () => {
  const { fake, desk, end } = await deskOn();
  const before = desk.ledger.leases.value?.length ?? 0;
  const status = callsOf(fake, 'app_status').length;
  await desk.api.revoke(['l-14']);
  await vi.waitFor(() => expect(desk.ledger.leases.value).toHaveLength(before - 1));
  await vi.waitFor(() => expect(callsOf(fake, 'app_status').length).toBeGreaterThan(status));
  end();
});

test('the window says that it is ready once, however long the first answers take', async () => {
  const fake = new FakePlatform();
  fake.faults.set('app_status', 'hang');
  const end = new Desk(fake).start();
  await vi.waitFor(() => expect(callsOf(fake, 'window_ready')).toHaveLength(1));
  end();
});

test('the window goes back to the screen and the environment it showed', async () => {
  const { fake, desk, end } = await deskOn();
  fake.emit('navigate', { route: '/leases/l-14', environment: 'staging' });
  expect(desk.place).toEqual({ route: '/leases/l-14', environment: 'staging' });
  fake.emit('navigate', { route: '', environment: 'production' });
  expect(desk.place).toEqual({ route: '/leases/l-14', environment: 'production' });
  desk.router.open({ sheet: 'add-key' });
  expect(desk.place.route).toBe('/leases');
  desk.router.go({ screen: 'new' });
  expect(desk.place.route).toBe('/');
  desk.router.go({ screen: 'edit', id: 's1' });
  expect(desk.place.route).toBe('/secrets/s1');
  end();
});

test.each<[string, (desk: Desk) => void]>([
  ['a form', (desk) => desk.router.go({ screen: 'new' })],
  ['a kept draft', (desk) => (desk.drafts.generate['s-1'] = { ttl: '1h', label: '' })],
  ['a question', (desk) => desk.environments.askToAdd()],
])('a hidden window with %s in it is not given up', async (_, begin) => {
  const { fake, desk, end } = await deskOn();
  begin(desk);
  fake.emit('unload_asked', null);
  expect(callsOf(fake, 'window_unload')).toHaveLength(0);
  end();
});

test('a hidden window that would lose nothing is given up', async () => {
  const { fake, desk, end } = await deskOn();
  desk.router.open({ sheet: 'lease', leaseId: 'l-14' });
  fake.emit('unload_asked', null);
  expect(callsOf(fake, 'window_unload')).toHaveLength(1);
  end();
});

test('a tray’s wish for a screen is followed', async () => {
  const { fake, desk, end } = await deskOn();
  fake.emit('navigate', { route: '/leases/l-14' });
  expect(desk.router.sheet).toMatchObject({ sheet: 'lease', leaseId: 'l-14' });
  fake.emit('navigate', { route: '/settings' });
  expect(desk.router.sheet).toBeNull();
  expect(desk.router.route.screen).toBe('settings');
  end();
});

test('closing without a tray asks what becomes of the leases, and keeping them quits at once', async () => {
  const { fake, desk, end } = await deskOn();
  fake.emit('close_asked', null);
  expect(desk.quitting).toMatchObject({ phase: 'asked', withoutTray: true });
  expect(desk.quitting.leases.length).toBeGreaterThan(0);
  desk.quitting.cancel();
  expect(desk.quitting.phase).toBeNull();
  fake.emit('close_asked', null);
  await desk.quitting.quit();
  expect(callsOf(fake, 'app_quit')).toHaveLength(1);
  expect(callsOf(fake, 'lease_revoke_many')).toHaveLength(0);
  end();
});

test('quitting from the tray revokes all first where that is chosen, and quits when AWS confirmed it', async () => {
  const { fake, desk, end } = await deskOn();
  fake.emit('navigate', { route: '/quit' });
  await vi.waitFor(() => expect(desk.quitting.phase).toBe('asked'));
  expect(desk.quitting.withoutTray).toBe(false);
  const live = desk.quitting.leases.map(({ id }) => id);
  await desk.quitting.revokeThenQuit();
  expect(callsOf(fake, 'lease_revoke_many')).toMatchObject([{ ids: live }]);
  expect(callsOf(fake, 'app_quit')).toHaveLength(1);
  end();
});

test('what could not be revoked keeps the application until a person decides', async () => {
  const { fake, desk, end } = await deskOn();
  fake.faults.set('lease_revoke_many', denied);
  fake.emit('close_asked', null);
  await desk.quitting.revokeThenQuit();
  expect(desk.quitting).toMatchObject({ phase: 'asked', problem: denied });
  fake.faults.delete('lease_revoke_many');
  const report = { revoked: [], ended: [], untouched: [], pending: [] };
  const pending = { id: 'l-14', reason: 'AWS denied it.', next_attempt_at: null };
  vi.spyOn(desk.api, 'revokeMany').mockResolvedValue({ ...report, pending: [pending as never] });
  await desk.quitting.revokeThenQuit();
  expect(desk.quitting.phase).toBe('unfinished');
  expect(callsOf(fake, 'app_quit')).toHaveLength(0);
  await desk.quitting.quit();
  expect(callsOf(fake, 'app_quit')).toHaveLength(1);
  end();
});

test('where no lease is open nothing but the end is asked', async () => {
  const { fake, desk, end } = await deskOn({ scene: 'empty' });
  fake.emit('close_asked', null);
  expect(desk.questions.current?.body.join(' ')).toContain('No lease is active');
  await desk.questions.confirm();
  expect(callsOf(fake, 'app_quit')).toHaveLength(1);
  end();
});

test('the tray’s wish to revoke one lease asks first', async () => {
  const { fake, desk, end } = await deskOn();
  fake.emit('navigate', { route: '/revoke/l-14' });
  await vi.waitFor(() => expect(desk.questions.current?.title).toContain('Revoke this lease'));
  expect(callsOf(fake, 'lease_revoke')).toHaveLength(0);
  end();
});

test('a new key that nobody tries any more is told with what to do, and leads to its lease', async () => {
  const { fake, desk, end } = await deskOn();
  const problem = { ...denied, message: 'The key did not work for 120 s.' };
  fake.emit('engine', { kind: 'not_usable', lease_id: 'l-14', problem });
  const [toast] = desk.toasts.all;
  expect(toast).toMatchObject({ tone: 'warn', text: problem.message, detail: problem.hint });
  toast?.action?.act();
  expect(desk.router.sheet).toMatchObject({ sheet: 'lease', leaseId: 'l-14' });
  end();
});

test('a kept key is opened again in its window; one that was not kept says why not', async () => {
  const { fake, desk, end } = await deskOn();
  fake.account.lease('l-14').kept = false;
  await desk.showKey('l-14');
  expect(fake.keys.size).toBe(0);
  expect(desk.toasts.all.at(-1)?.text).toContain('not kept');
  fake.account.lease('l-14').kept = true;
  await desk.showKey('l-14');
  expect([...fake.keys.keys()]).toEqual(['l-14']);
  end();
});

test('quitting says how many keys on show would be lost with it', async () => {
  const { fake, desk, end } = await deskOn();
  const input = { secret_id: 's-s3-upload', ttl: null, label: null, request_id: 'r' };
  const { id } = await desk.api.createLease(input);
  fake.emit('close_asked', null);
  await vi.waitFor(() => expect(desk.quitting.keys).toBe(1));
  desk.quitting.cancel();
  await fake.call('credentials_copy', { format: 'bash' }, id);
  fake.emit('close_asked', null);
  await vi.waitFor(() => expect(desk.quitting.keys).toBe(0));
  end();
});

test('what a start has to say is said once', async () => {
  const fake = new FakePlatform();
  fake.account.desktop.word = { ...denied, message: 'Leasehold runs already, on /x.' };
  const desk = new Desk(fake);
  const end = desk.start();
  await vi.waitFor(() => expect(desk.toasts.all[0]?.text).toContain('runs already'));
  end();
});

test('what was revoked is told as AWS confirmed it, what was not as pending with its reason', async () => {
  const { desk, end } = await deskOn({ scene: 'trouble' });
  desk.tellRevoked(await desk.api.revoke(['l-14', 'l-41']));
  expect(desk.toasts.all[0]).toMatchObject({ tone: 'warn' });
  expect(desk.toasts.all[0]?.text).toContain('1 of 2 not finished');
  expect(desk.toasts.all[0]?.detail).toContain('login profile');
  end();
});

test('the fake desktop refuses what nobody knows', async () => {
  await expect(new FakePlatform().call('lease_show', { id: 'none' })).rejects.toMatchObject({
    code: 'not_found',
  });
});
