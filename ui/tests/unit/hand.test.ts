// The hand: what is found and in which order, which keys fire where, what can be taken back, what is said of an end.
import { Actions } from '../../src/actions/registry.svelte';
import { find, marked } from '../../src/actions/find';
import { FakePlatform } from '../../src/platform/fake';
import { Desk } from '../../src/state/desk.svelte';
import { Expiries } from '../../src/state/expiry.svelte';
import { Keys, SEQUENCE_MS } from '../../src/state/keys.svelte';
import { Recents, MOST_RECENT } from '../../src/state/recents.svelte';
import { ACTION_SHOWN_MS } from '../../src/state/toasts.svelte';
import { PaletteModel } from '../../src/views/palette/palette.svelte';
import { SettingsModel } from '../../src/views/settings/settings.svelte';
import { isStroke, keyWords } from '../../src/words/strokes';
import { reportOf } from '../../src/words/report';
import { callsOf, deskOn, NOON } from '../desk';

const never = () => null;
const names = (actions: readonly { name: string }[]) => actions.map(({ name }) => name);

describe('finding', () => {
  test.each([
    ['gen s3', 'Generate from s3-upload'],
    ['s3 gen', 'Generate from s3-upload'],
    ['go lea', 'Go to Leases'],
    ['dark', 'Theme: Dark'],
    ['audit csv', 'Export the activity log as CSV'],
    ['break', 'Break-glass kit…'],
    ['panic', /^Revoke all \d+ leases…$/],
    ['ledger edit', 'Edit ledger-read'],
    ['pre ledger', 'Pre-flight of ledger-read'],
    ['rename prod', 'Rename environment production…'],
  ])('“%s” finds “%s” first', async (query, first) => {
    const { desk, end } = await deskOn();
    const [best] = find(new Actions(desk).all, query, never);
    expect(best?.name).toMatch(first);
    end();
  });

  test('every word must be found, in any order, and letters may be left out', async () => {
    const { desk, end } = await deskOn();
    const all = new Actions(desk).all;
    expect(find(all, 'generate nothing-like-this', never)).toEqual([]);
    expect(names(find(all, 'opn ledgr', never))).toContain('Open ledger-read');
    end();
  });

  test('a label of a person’s choosing finds its lease', async () => {
    const { fake, desk, end } = await deskOn();
    const lease = fake.account.scene.leases.find(({ state }) => state === 'active');
    if (lease) lease.label = 'تذكرة 42';
    await desk.ledger.refresh();
    expect(find(new Actions(desk).all, 'تذكرة', never)[0]?.detail).toContain('تذكرة');
    end();
  });

  test('among alike what was used last comes first, but never before a much better one', async () => {
    const { desk, end } = await deskOn();
    const all = new Actions(desk).all;
    const edits = names(find(all, 'edit', never));
    const last = all.find(({ name }) => name === edits[2]);
    const rank = (id: string) => (id === last?.id ? 0 : null);
    expect(names(find(all, 'edit', rank))[0]).toBe(last?.name);
    const go = (id: string) => (id === 'go:settings' ? 0 : null);
    expect(find(all, 'generate', go)[0]?.group).toBe('Generate');
    end();
  });

  test('what was typed is marked in the name', () => {
    expect(marked('Go to Leases', 'lea')).toEqual([
      { text: 'Go to ', hit: false },
      { text: 'Lea', hit: true },
      { text: 'ses', hit: false },
    ]);
    expect(marked('Open x', '')).toEqual([{ text: 'Open x', hit: false }]);
  });
});

describe('what is offered', () => {
  test('before anything is typed the secret used last comes first', async () => {
    const { desk, end } = await deskOn();
    const actions = new Actions(desk);
    desk.recents.use('generate:s-ledger-read');
    desk.recents.use('go:settings');
    const model = new PaletteModel(actions, desk.recents);
    expect(model.sections[0]?.title).toBe('Generate again');
    expect(model.shown[0]?.name).toBe('Generate from ledger-read');
    expect(names(model.sections[1]?.actions ?? [])).toEqual(['Go to Settings']);
    end();
  });

  test('with nothing remembered, open leases tell which secret was used last', async () => {
    const { fake, desk, end } = await deskOn();
    const leases = fake.account.scene.leases.filter(({ state }) => state === 'active');
    for (const lease of leases) lease.requested_by = 'cli';
    const [one] = leases.filter(({ secret_id }) => secret_id !== null);
    if (one) Object.assign(one, { requested_by: 'window', created_at: NOON.toISOString() });
    await desk.ledger.refresh();
    expect(new Actions(desk).again[0]?.id).toBe(`generate:${one?.secret_id}`);
    end();
  });

  test('nothing stands twice, and no two actions have one id', async () => {
    for (const scene of ['full', 'trouble', 'alarms', 'many', 'first'] as const) {
      const { desk, end } = await deskOn({ scene });
      const actions = new Actions(desk);
      for (const list of [actions.all, new PaletteModel(actions, desk.recents).shown]) {
        const ids = list.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
      }
      end();
    }
  });

  test('each secret and each lease has what can be done with it now, and no more', async () => {
    const { desk, end } = await deskOn();
    const ids = new Actions(desk).all.map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining([
        'generate:s-s3-upload',
        'secret:delete:s-s3-upload',
        'lease:renew:l-14',
        'lease:revoke:l-14',
        'leases:revoke-all',
        'window:break-glass',
        'environment:add',
        'practice:skip',
      ]),
    );
    await desk.api.revoke(['l-14']);
    await desk.ledger.refresh();
    expect(new Actions(desk).all.map(({ id }) => id)).not.toContain('lease:renew:l-14');
    end();
  });

  test('what takes something away asks first', async () => {
    const { fake, desk, end } = await deskOn({ scene: 'trouble' });
    const before = fake.calls.length;
    for (const action of new Actions(desk).all.filter(({ danger }) => danger)) {
      action.do();
      expect(desk.questions.current?.danger, action.name).toBe(true);
      desk.questions.dismiss();
    }
    expect(fake.calls.length).toBe(before);
    end();
  });

  test('what was used is remembered by id alone, the last so many', () => {
    const recents = new Recents();
    for (let count = 0; count < MOST_RECENT + 5; count += 1) recents.use(`go:${count}`);
    recents.use('go:10');
    const again = new Recents();
    expect(again.ids).toHaveLength(MOST_RECENT);
    expect(again.rank('go:10')).toBe(0);
    expect(again.rank('go:0')).toBeNull();
    localStorage.setItem('leasehold.recent', '{broken');
    expect(new Recents().ids).toEqual([]);
  });
});

describe('keys', () => {
  const press = (key: string, over: KeyboardEventInit = {}, on: Element = document.body) => {
    const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...over });
    on.dispatchEvent(event);
    return event.defaultPrevented;
  };

  async function keyboard() {
    const fake = new FakePlatform();
    const desk = new Desk(fake);
    await desk.ledger.refresh();
    const actions = new Actions(desk);
    const keys = new Keys({
      actions: () => actions.withKeys,
      run: actions.run,
      clear: () => desk.clear,
    });
    const end = keys.start();
    return { desk, keys, end };
  }

  afterEach(() => {
    document.body.innerHTML = '';
  });

  test.each([
    ['o', 'overview'],
    ['l', 'leases'],
    ['c', 'connections'],
    ['a', 'activity'],
    ['s', 'settings'],
  ])('g then %s goes to %s', async (key, screen) => {
    const { desk, end } = await keyboard();
    desk.router.go({ screen: 'new' });
    press('g');
    press(key);
    expect(desk.router.route.screen).toBe(screen);
    end();
  });

  test('the first of two is forgotten after a while, and by any other key', async () => {
    vi.useFakeTimers();
    const { desk, keys, end } = await keyboard();
    press('g');
    expect(keys.next.map(({ id }) => id)).toContain('go:leases');
    vi.advanceTimersByTime(SEQUENCE_MS);
    expect(keys.begun).toEqual([]);
    press('l');
    expect(desk.router.route.screen).toBe('overview');
    press('g');
    press('x');
    press('l');
    expect(desk.router.route.screen).toBe('overview');
    end();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('no key fires in a field, in a menu, or under anything that is open', async () => {
    const { desk, end } = await keyboard();
    document.body.innerHTML =
      '<input id="i"><textarea id="t"></textarea><select id="s"></select><p contenteditable="true" id="e"></p><div role="menu"><button id="m"></button></div>';
    for (const id of ['i', 't', 's', 'e', 'm']) {
      const on = document.getElementById(id);
      expect(on && press('n', {}, on), id).toBe(false);
    }
    desk.router.open({ sheet: 'lease', leaseId: 'l-14' });
    expect(press('n') || press('?') || press('k', { ctrlKey: true })).toBe(false);
    desk.router.close();
    desk.questions.ask({ title: 'Sure?', body: [], action: 'Do' });
    expect(press('n')).toBe(false);
    desk.questions.dismiss();
    expect(press('n', { altKey: true }) || press('n', { metaKey: true })).toBe(false);
    expect(desk.router.route.screen).toBe('overview');
    expect(press('n')).toBe(true);
    expect(desk.router.route.screen).toBe('new');
    end();
  });

  test('the palette opens from a field, and not over a sheet', async () => {
    const { desk, end } = await keyboard();
    document.body.innerHTML = '<input id="i">';
    const field = document.getElementById('i') ?? document.body;
    desk.router.open({ sheet: 'add-key' });
    press('k', { ctrlKey: true }, field);
    expect(desk.over).toBeNull();
    desk.router.close();
    expect(press('k', { ctrlKey: true }, field)).toBe(true);
    expect(desk.over).toBe('palette');
    end();
  });

  test('single keys can be turned off for good; with Ctrl they stay', async () => {
    const { desk, keys, end } = await keyboard();
    keys.allowSingle(false);
    expect(press('n') || press('?') || press('g')).toBe(false);
    expect(new Keys({ actions: () => [], run: () => null, clear: () => true }).single).toBe(false);
    expect(press('k', { ctrlKey: true })).toBe(true);
    expect(desk.over).toBe('palette');
    end();
  });

  test('a key held down is done once', async () => {
    const { desk, end } = await keyboard();
    press('n', { repeat: true });
    expect(desk.router.route.screen).toBe('overview');
    end();
  });

  test('signs are told by what they write, letters also by Shift', () => {
    const event = (key: string, over: KeyboardEventInit = {}) =>
      new KeyboardEvent('keydown', { key, ...over });
    expect(isStroke({ key: '?' }, event('?', { shiftKey: true }))).toBe(true);
    expect(isStroke({ key: 'n' }, event('N', { shiftKey: true }))).toBe(false);
    expect(isStroke({ key: 'n' }, event('N'))).toBe(true);
    expect(keyWords({ key: 'k', mod: true })).toEqual(['Ctrl', 'K']);
  });
});

describe('taking back', () => {
  const settled = (desk: Desk) => desk.ledger.refresh();

  test('an added environment goes again', async () => {
    const { fake, desk, end } = await deskOn();
    desk.environments.askToAdd();
    desk.questions.name = ' Sandbox ';
    await desk.questions.confirm();
    expect(desk.environment).toBe('sandbox');
    await desk.undo.takeLast();
    expect(callsOf(fake, 'environment_remove')).toEqual([{ name: 'sandbox' }]);
    expect(desk.undo.last).toBeNull();
    end();
  });

  test('a renamed environment has its name again', async () => {
    const { fake, desk, end } = await deskOn();
    desk.environments.askToRename('staging');
    desk.questions.name = 'lab';
    await desk.questions.confirm();
    await desk.undo.takeLast();
    expect(fake.account.scene.environments.map(({ name }) => name)).toContain('staging');
    expect(desk.environment).toBe('staging');
    end();
  });

  test('a removed environment comes back to its place', async () => {
    const { fake, desk, end } = await deskOn({ scene: 'empty' });
    const order = () => fake.account.scene.environments.map(({ name }) => name);
    const before = order();
    desk.environments.askToRemove('staging');
    await desk.questions.confirm();
    expect(order()).not.toContain('staging');
    await settled(desk);
    await desk.undo.takeLast();
    expect(order()).toEqual(before);
    end();
  });

  test('a moved environment moves back, and two moves offer one way back', async () => {
    const { fake, desk, end } = await deskOn();
    const order = () => fake.account.scene.environments.map(({ name }) => name);
    desk.environments.move('development', 1);
    await vi.waitFor(() => expect(desk.undo.last).toMatch(/moved right/));
    await settled(desk);
    const between = order();
    desk.environments.move('development', 1);
    await vi.waitFor(() => expect(order().at(-1)).toBe('development'));
    await vi.waitFor(() => expect(desk.toasts.all).toHaveLength(1));
    await settled(desk);
    await desk.undo.takeLast();
    expect(order()).toEqual(between);
    end();
  });

  test('a setting goes back alone, without what was changed since', async () => {
    const { fake, desk, end } = await deskOn();
    const model = new SettingsModel(desk);
    const before = fake.account.settings.theme;
    await model.change({ theme: 'dark' });
    const undo = desk.toasts.all[0]?.action;
    fake.account.settings.clipboard_seconds = 99;
    await settled(desk);
    undo?.act();
    await vi.waitFor(() => expect(fake.account.settings.theme).toBe(before));
    expect(fake.account.settings.clipboard_seconds).toBe(99);
    end();
  });

  test('the offer stands for its time, waits while it is looked at, and is gone with its message', async () => {
    vi.useFakeTimers();
    const { desk, end } = await deskOn();
    const inverse = vi.fn(() => Promise.resolve());
    desk.undo.offer('Done.', inverse);
    const [toast] = desk.toasts.all;
    vi.advanceTimersByTime(ACTION_SHOWN_MS - 1);
    expect(desk.undo.last).toBe('Done.');
    desk.toasts.hold(toast?.id ?? 0);
    vi.advanceTimersByTime(60_000);
    expect(desk.undo.last).toBe('Done.');
    desk.toasts.release(toast?.id ?? 0);
    vi.advanceTimersByTime(ACTION_SHOWN_MS);
    expect(desk.undo.last).toBeNull();
    await desk.undo.takeLast();
    toast?.action?.act();
    expect(inverse).not.toHaveBeenCalled();
    end();
  });

  test('what cannot be taken back any more says why', async () => {
    const { desk, end } = await deskOn();
    desk.undo.offer('development is added.', () => desk.api.removeEnvironment('development'));
    await desk.undo.takeLast();
    expect(desk.toasts.all.at(-1)).toMatchObject({ tone: 'danger' });
    expect(desk.toasts.all.at(-1)?.text).toMatch(/^Not taken back: development holds/);
    end();
  });
});

describe('an end that is near', () => {
  async function watched(minutes: number[]) {
    vi.useFakeTimers({ now: NOON });
    const { fake, desk, end } = await deskOn();
    const active = fake.account.scene.leases.filter(({ state }) => state === 'active');
    const chosen = active.slice(0, minutes.length);
    chosen.forEach((lease, index) => {
      lease.clock_offset_ms = 0;
      lease.expires_at = new Date(NOON.getTime() + (minutes[index] ?? 0) * 60_000).toISOString();
    });
    await desk.ledger.refresh();
    const expiries = new Expiries(desk);
    const only = () =>
      (desk.ledger.leases.value ?? []).filter(({ id }) => chosen.some((one) => one.id === id));
    const look = (leases = only()) => expiries.look(leases);
    const pass = (seconds: number) => {
      vi.advanceTimersByTime(seconds * 1000);
      look();
    };
    look();
    return { desk, expiries, chosen, look, pass, end };
  }

  test('it is said at five minutes, at one, and when it is over: once each', async () => {
    const { desk, expiries, chosen, pass, end } = await watched([6]);
    const name = chosen[0]?.secret ?? '';
    expect(expiries.said).toBe('');
    pass(61);
    expect(expiries.said).toContain(`The lease of ${name} ends in 5 minutes or less, at `);
    expect(expiries.near).toHaveLength(1);
    expiries.said = '';
    pass(60);
    expect(expiries.said).toBe('');
    pass(180);
    expect(expiries.urgent).toContain(`The lease of ${name} ends within a minute`);
    expect(desk.toasts.all).toEqual([]);
    pass(60);
    expect(expiries.near).toEqual([]);
    expect(desk.toasts.all.map(({ text }) => text)).toEqual([`The lease of ${name} has ended.`]);
    pass(60);
    expect(desk.toasts.all.filter(({ text }) => text.includes('ended')).length).toBeLessThan(2);
    end();
  });

  test('put away at five minutes it comes back at one', async () => {
    const { expiries, pass, end } = await watched([4]);
    expiries.dismiss();
    pass(30);
    expect(expiries.near).toEqual([]);
    pass(151);
    expect(expiries.near).toHaveLength(1);
    end();
  });

  test('a renewal takes the note away without a word', async () => {
    const { desk, expiries, chosen, look, end } = await watched([4]);
    expect(expiries.near).toHaveLength(1);
    const renewed = (desk.ledger.leases.value ?? [])
      .filter(({ id }) => id === chosen[0]?.id)
      .map((lease) => ({ ...lease, expires_at: new Date(Date.now() + 3.6e6).toISOString() }));
    look(renewed);
    expect(expiries.near).toEqual([]);
    expect(desk.toasts.all).toEqual([]);
    end();
  });

  test('one that was revoked before its time is not said to have ended', async () => {
    const { desk, expiries, look, end } = await watched([4]);
    look([]);
    expect(expiries.near).toEqual([]);
    expect(desk.toasts.all).toEqual([]);
    end();
  });

  test('one that the engine took off the list at its end is said to have ended', async () => {
    const { desk, look, end } = await watched([4]);
    vi.advanceTimersByTime(241_000);
    look([]);
    expect(desk.toasts.all.map(({ text }) => text).join()).toMatch(/has ended/);
    end();
  });

  test('many at once are said in one sentence, and what was over at first is no news', async () => {
    const { desk, expiries, end } = await watched([2, 3, -1]);
    expect(expiries.said).toMatch(/^2 leases end in 5 minutes or less: /);
    expect(desk.toasts.all).toEqual([]);
    end();
  });
});

test('a report of a defect names no key', () => {
  const report = reportOf(new Error(`AKIAIOSFODNN7EXAMPLE and ${'k'.repeat(40)} broke`), '1.2.3');
  expect(report).toContain('Leasehold 1.2.3');
  expect(report).toContain('AKIA…');
  expect(report).not.toContain('IOSFODNN7');
  expect(report).not.toContain('kkkkk');
});
