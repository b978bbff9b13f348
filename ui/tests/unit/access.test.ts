// Who may ask from outside: words, corrections, and the controllers behind the screens of Access.
import { emptyMethod, localMoment } from '../../src/views/access/draft';
import { CHECK_AFTER_MS, MethodFormModel } from '../../src/views/access/methodform.svelte';
import { AssociateModel } from '../../src/views/access/associate.svelte';
import { GatewayModel } from '../../src/views/access/gateway.svelte';
import { pathOfSecret, suggestedPaths } from '../../src/views/access/paths';
import { reachedBy } from '../../src/views/access/reach';
import { RoleModel } from '../../src/views/access/role.svelte';
import { TestModel } from '../../src/views/access/test.svelte';
import { splitNames } from '../../src/parts/list';
import { parseRoute, pathOf } from '../../src/state/router.svelte';
import {
  correctedIn,
  customSts,
  entryOf,
  methodSummary,
  oneOf,
  regionIn,
  splitName,
} from '../../src/words/access';
import { principalWords, requesterName } from '../../src/words/identity';
import type { AuthMethodDraft, Problem, WhoView } from '../../src/api/types';
import { callsOf, denied, deskOn, NOON } from '../desk';

const summary = (draft: Partial<AuthMethodDraft>) =>
  methodSummary({ ...emptyMethod(), ask_first: false, ...draft }, () => '31 Jan 18:00').join(' ');

describe('words', () => {
  test.each([
    ['arn:aws:sts::123456789012:assumed-role/dev-box/i-0abc', 'role dev-box, session i-0abc'],
    ['arn:aws:iam::123456789012:user/people/ada', 'user ada'],
    [
      'arn:aws:sts::1:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/ada@x',
      'role Dev (single sign-on), session ada@x',
    ],
    ['arn:aws:iam::123456789012:root', 'the root user'],
    ['(cannot be read)', '(cannot be read)'],
  ])('%s is %s', (arn, words) => {
    expect(principalWords(arn)).toBe(words);
  });

  test('who asked for a lease is named in short, a part of Leasehold by its word', () => {
    expect(requesterName('cli')).toBe('cli');
    expect(requesterName('arn:aws:iam::123456789012:user/ada')).toBe('ada');
  });

  test('a method is summed up in sentences: who, from where, until when', () => {
    expect(summary({ bound_aws_account_id: ['123456789012'] })).toBe(
      'Every user and every role of account 123456789012 may log in. From anywhere that reaches the gateway. Without an end. A login lasts 15 min, as usual here.',
    );
    const narrow = summary({
      bound_aws_account_id: ['1', '2'],
      bound_role_name: ['dev', 'ops'],
      bound_user_name: ['ada'],
      bound_ips: ['unix', '10.0.0.0/8'],
      bound_sts_region: ['us-east-?'],
      access_expires: 1,
      jwt_ttl: 90,
      ask_first: true,
    });
    expect(narrow).toContain(
      'Roles called dev or ops, and users called ada of accounts 1 or 2 may log in.',
    );
    expect(narrow).toContain('From the Unix socket or 10.0.0.0/8 only.');
    expect(narrow).toContain('Proved in us-east-?.');
    expect(narrow).toContain('Until 31 Jan 18:00.');
    expect(narrow).toContain('A login lasts 1 h 30 min.');
    expect(narrow).toContain('You are asked about everybody');
  });

  test('an STS of one’s own is told from AWS’s', () => {
    expect(customSts('')).toBeNull();
    expect(customSts('https://sts.amazonaws.com/')).toBeNull();
    expect(customSts('https://sts.eu-central-1.amazonaws.com')).toBeNull();
    expect(customSts('https://sts.amazonaws.com.evil.example')).toBe(
      'sts.amazonaws.com.evil.example',
    );
    expect(customSts('http://127.0.0.1:4566')).toBe('127.0.0.1:4566');
  });

  test('lists are shortened, names split from their folders', () => {
    expect(oneOf(['a'])).toBe('a');
    expect(oneOf(['a', 'b', 'c', 'd'])).toBe('a, b, c or d');
    expect(oneOf(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c or 2 more');
    expect(splitName('/ci/aws/boxes')).toEqual({ folder: '/ci/aws', name: 'boxes' });
    expect(splitName('boxes')).toEqual({ folder: '/', name: 'boxes' });
  });

  test('names keep their commas, and ARNs one after the other are told apart', () => {
    expect(splitNames('a,b c, d')).toEqual(['a,b', 'c', 'd']);
    expect(splitNames('arn:aws:iam::1:user/a,arn:aws:iam::1:user/b')).toHaveLength(2);
  });
});

describe('the corrected form in a hint', () => {
  test.each([
    ['Write arn:aws:sts::1:assumed-role/dev/*.', 'arn:aws:sts::1:assumed-role/dev/*'],
    ["Write arn:aws:iam::1:role/x; a role's name exists once.", 'arn:aws:iam::1:role/x'],
    [
      'Write arn:aws:sts::1:assumed-role/dev/* for every session.',
      'arn:aws:sts::1:assumed-role/dev/*',
    ],
    ['Write arn:aws:a, arn:aws:b or arn:aws:c.', null],
    ['Write arn:aws:iam::1:role/very-long-…', null],
    ['Give each ARN as an entry of its own.', null],
    [null, null],
  ])('%s', (hint, found) => {
    expect(correctedIn(hint)).toBe(found);
  });

  test('names the region that belongs elsewhere, and the entry that it is about', () => {
    expect(regionIn('Write x. To say …, put us-east-? into the allowed STS regions.')).toBe(
      'us-east-?',
    );
    const about = (message: string): Problem => ({
      code: 'invalid_input',
      message,
      hint: null,
      field: 'bound_arn',
    });
    const long = `arn:${'x'.repeat(200)}`;
    expect(entryOf(about('`arn:b` names nobody.'), ['arn:a', 'arn:b'])).toBe('arn:b');
    expect(entryOf(about(`\`${long.slice(0, 100)}…\` names nobody.`), ['arn:a', long])).toBe(long);
    expect(entryOf(about('Without an account id …'), ['arn:a'])).toBeNull();
  });
});

describe('places', () => {
  test.each([
    '/access/methods',
    '/access/methods/new',
    '/access/methods/p-1',
    '/access/methods/p-1/edit',
    '/access/roles',
    '/access/roles/on-call',
    '/access/who/s-1',
    '/access/gateway',
    '/access/sessions',
    '/access/test/p-1',
  ])('%s is come back to', (path) => {
    expect(pathOf(parseRoute(path).route)).toBe(path);
  });

  test('what a notification names leads to the sessions', () => {
    expect(parseRoute('/access/approvals/9f2c').route).toEqual({
      screen: 'access',
      tab: 'sessions',
      of: '9f2c',
    });
    expect(parseRoute('/access').route).toEqual({ screen: 'access', tab: 'methods' });
  });
});

describe('what rules come to', () => {
  const way = (over: Partial<WhoView>): WhoView => ({
    role: 'r',
    path: '/x',
    actions: ['list'],
    denies: false,
    depends_on: null,
    who: [],
    ...over,
  });

  test('what denies everybody wins, what denies some is said', () => {
    expect(reachedBy([way({}), way({ denies: true, actions: [] })]).denied).toBe('all');
    expect(reachedBy([way({}), way({ denies: true, depends_on: 'role_name' })]).denied).toBe(
      'some',
    );
    expect(reachedBy([way({})])).toMatchObject({ denied: 'none', actions: ['list'] });
  });

  test('what depends on a sub-claim is not given to all', () => {
    const found = reachedBy([way({ actions: ['issue'], depends_on: 'user_name' }), way({})]);
    expect(found.actions).toEqual(['list']);
    expect(found.some).toEqual([{ claim: 'user_name', actions: ['issue'] }]);
  });

  test('paths of secrets and of their folders are offered', () => {
    const draft = { environment: 'dev', folder: '/a/b', name: 'x' };
    expect(pathOfSecret(draft)).toBe('/dev/a/b/x');
    expect(suggestedPaths([draft, { ...draft, folder: '/', name: 'y' }])).toEqual([
      '/dev/*',
      '/dev/a/b/*',
      '/dev/a/b/x',
      '/dev/y',
    ]);
  });
});

describe('the form of an auth method', () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOON }));

  test('asks when typing rests, and says nothing of a field before its turn', async () => {
    const { desk, fake, end } = await deskOn();
    const model = new MethodFormModel(desk, null);
    for (const name of ['CI', 'CI boxes']) {
      model.draft.name = name;
      const forget = model.watch();
      if (name !== 'CI boxes') forget();
    }
    expect(callsOf(fake, 'auth_method_check')).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(CHECK_AFTER_MS);
    expect(callsOf(fake, 'auth_method_check')).toMatchObject([
      { draft: { name: 'CI boxes' }, id: null },
    ]);
    expect(model.problemsOf('name')).toEqual([]);
    model.touch('name');
    expect(model.problemsOf('name')).toHaveLength(1);
    // What was said is about what stood there before.
    model.draft.bound_aws_account_id = ['123456789012'];
    model.touch('bound_aws_account_id');
    expect(model.problemsOf('bound_aws_account_id')).toEqual([]);
    end();
  });

  test('a malformed ARN is put right in one press, its region goes where regions belong', async () => {
    const { desk, end } = await deskOn();
    const model = new MethodFormModel(desk, null);
    model.draft.name = '/ci/x';
    model.draft.bound_aws_account_id = ['123456789012'];
    model.draft.bound_arn = ['arn:aws:sts:us-east-?:123456789012:assumed-role/*'];
    await model.submit();
    const [problem] = model.problemsOf('bound_arn');
    if (!problem) throw new Error('it is refused');
    expect(model.refusals).toBe(1);
    expect(model.wrongOf('bound_arn')).toEqual(model.draft.bound_arn);
    expect(model.correctionOf(problem)).toBe('arn:aws:sts::123456789012:assumed-role/*');
    model.correct(problem);
    expect(model.draft.bound_arn).toEqual(['arn:aws:sts::123456789012:assumed-role/*']);
    expect(model.draft.bound_sts_region).toEqual(['us-east-?']);
    await model.submit();
    expect(desk.router.route.screen).toBe('method');
    end();
  });

  test('a name with a comma is pointed out at its field, and divided when several are meant', async () => {
    const { desk, end } = await deskOn();
    const model = new MethodFormModel(desk, null);
    model.draft.bound_aws_account_id = ['123456789012'];
    model.draft.bound_role_name = ['dev,ops', 'ci'];
    await model.submit();
    const [said] = model.warningsOf('bound_role_name');
    if (!said) throw new Error('the comma is pointed out');
    expect(model.notices).toEqual([]);
    model.divide('bound_role_name', said);
    expect(model.draft.bound_role_name).toEqual(['dev', 'ops', 'ci']);
    expect(model.warningsOf('bound_role_name')).toEqual([]);
    end();
  });

  test('what is no moment, no number and no span is refused before the engine is asked to save', async () => {
    const { desk, fake, end } = await deskOn();
    const model = new MethodFormModel(desk, null);
    model.draft.name = 'x';
    model.draft.bound_aws_account_id = ['123456789012'];
    model.ttl = 'soon';
    model.days = ['a week'];
    await model.submit();
    expect(model.problemsOf('jwt_ttl')).toHaveLength(1);
    expect(model.problemsOf('expiration_event_in')).not.toHaveLength(0);
    expect(callsOf(fake, 'auth_method_create')).toEqual([]);
    model.ttl = '1h30m';
    model.days = [];
    await model.submit();
    expect(callsOf(fake, 'auth_method_create')).toMatchObject([
      { draft: { jwt_ttl: 90, ask_first: true } },
    ]);
    end();
  });

  test('an edit says what it was made from, keeps the seconds of an untouched expiry, and is kept when left', async () => {
    const { desk, fake, end } = await deskOn();
    const method = desk.access.methods.value?.find(({ expires_at }) => expires_at !== null);
    if (!method) throw new Error('one of them expires');
    const first = new MethodFormModel(desk, method);
    expect(first.isChanged).toBe(false);
    first.draft.description = 'People';
    first.leave();
    const second = new MethodFormModel(desk, method);
    expect(second.takenUp).toBe(true);
    expect(second.draft.description).toBe('People');
    await second.submit();
    expect(callsOf(fake, 'auth_method_update')).toMatchObject([
      {
        id: method.access_id,
        seen: { description: '' },
        draft: { description: 'People', access_expires: method.method.access_expires },
      },
    ]);
    expect(desk.drafts.methodEdits[method.access_id]).toBeUndefined();
    end();
  });

  test('what somebody else changed meanwhile is not lost', async () => {
    const { desk, fake, end } = await deskOn();
    const method = structuredClone(fake.account.access.method('/people/sso'));
    const model = new MethodFormModel(desk, method);
    const theirs = fake.account.access.method('/people/sso');
    theirs.method = { ...theirs.method, bound_ips: ['10.0.0.1'] };
    model.draft.description = 'Mine';
    await model.submit();
    expect(model.failure?.message).toContain('changed by somebody else');
    expect(theirs.method.bound_ips).toEqual(['10.0.0.1']);
    end();
  });

  test('a moment in the field is this computer’s own', () => {
    const seconds = Date.parse('2027-01-31T18:00') / 1000;
    expect(localMoment(seconds)).toBe('2027-01-31T18:00');
    expect(localMoment(0)).toBe('');
  });
});

describe('roles', () => {
  test('deny stands alone, and a removed rule can be taken back', async () => {
    const { desk, end } = await deskOn();
    const model = new RoleModel(desk, 'payments-deploy');
    model.choose(['read', 'deny']);
    expect(model.capabilities).toEqual(['deny']);
    model.choose(['deny', 'list']);
    expect(model.capabilities).toEqual(['list']);
    await model.remove('/production/*', ['deny']);
    expect(model.role?.rules.map(({ path }) => path)).not.toContain('/production/*');
    await desk.undo.takeLast();
    expect(model.role?.rules).toContainEqual({ path: '/production/*', capabilities: ['deny'] });
    end();
  });

  test('a refused path is said at its field, and what was typed stays', async () => {
    const { desk, end } = await deskOn();
    const model = new RoleModel(desk, 'reports');
    model.path = '/development/';
    expect(await model.set()).toBe(false);
    expect(model.problemsOf('path')).toHaveLength(1);
    expect(model.path).toBe('/development/');
    model.path = '/development/*';
    expect(await model.set()).toBe(true);
    expect(model.role?.rules).toEqual([{ path: '/development/*', capabilities: ['read'] }]);
    end();
  });

  test('one sub-claim twice is refused, each once is associated', async () => {
    const { desk, fake, end } = await deskOn();
    const model = new AssociateModel(desk, { role: 'reports' });
    expect(await model.submit()).toBe(false);
    expect(model.problemsOf('auth_method')).toHaveLength(1);
    model.method = 'p-k2hd83msx0v7qa';
    model.add();
    model.add();
    model.rows = model.rows.map((row) => ({ ...row, claim: 'role_name', value: 'dev-*' }));
    expect(await model.submit()).toBe(false);
    expect(model.problemsOf('sub_claims')).toHaveLength(1);
    model.remove(1);
    expect(await model.submit()).toBe(true);
    expect(callsOf(fake, 'role_associate')).toEqual([
      {
        name: 'reports',
        authMethod: 'p-k2hd83msx0v7qa',
        subClaims: { role_name: 'dev-*' },
        caseSensitive: true,
      },
    ]);
    end();
  });
});

describe('the gateway', () => {
  test('the switch leaves what is being typed alone, and settings are refused at their fields', async () => {
    const { desk, end } = await deskOn();
    await desk.access.gateway.refresh();
    const model = new GatewayModel(desk);
    const saved = desk.access.gateway.value?.settings;
    if (!saved) throw new Error('the gateway has settings');
    model.take(saved);
    if (model.draft) model.draft.listen = ['0.0.0.0:8732'];
    await model.turn(true);
    expect(desk.access.gateway.value?.state.state).toBe('listening');
    model.take(desk.access.gateway.value?.settings ?? saved);
    expect(model.draft?.listen).toEqual(['0.0.0.0:8732']);
    await model.save();
    expect(model.problemsOf('listen')).toHaveLength(1);
    model.chooseTls('own');
    await model.save();
    expect(model.problems).toEqual([]);
    expect(model.isChanged).toBe(false);
    expect(desk.access.gateway.value?.settings).toMatchObject({ on: true, tls: 'own' });
    end();
  });

  test('a socket of one’s own needs a path, none needs nothing', async () => {
    const { desk, end } = await deskOn();
    await desk.access.gateway.refresh();
    const model = new GatewayModel(desk);
    if (desk.access.gateway.value) model.take(desk.access.gateway.value.settings);
    model.chooseSocket('own');
    await model.save();
    expect(model.problemsOf('socket')).toHaveLength(1);
    model.typeSocket('/tmp/s');
    expect(model.draft?.socket).toBe('/tmp/s');
    model.chooseSocket('none');
    await model.save();
    expect(desk.access.gateway.value?.settings.socket).toBe('');
    end();
  });
});

describe('who waits', () => {
  test('is told at once, stays until answered, and is told again when it asks anew', async () => {
    const { desk, fake, end } = await deskOn({ scene: 'waiting' });
    await desk.access.refresh();
    expect(desk.access.prompting.map(({ id }) => id)).toEqual(['5c1d77aa02ef', 'e4b9d2c61a07']);
    desk.access.putAside();
    expect(desk.access.prompting).toEqual([]);
    expect(desk.access.waiting).toHaveLength(2);
    const [asked] = desk.access.waiting;
    if (!asked) throw new Error('somebody waits');
    fake.emit('access', { kind: 'asked', approval: asked });
    expect(desk.access.prompting.map(({ id }) => id)).toEqual([asked.id]);
    await desk.access.allow(asked, true);
    expect(callsOf(fake, 'approval_allow')).toEqual([{ id: asked.id, always: true }]);
    expect(desk.access.waiting.map(({ id }) => id)).toEqual(['e4b9d2c61a07']);
    end();
  });

  test('an answer that failed is said, and the question stays', async () => {
    const { desk, fake, end } = await deskOn({ scene: 'waiting' });
    await desk.access.refresh();
    fake.faults.set('approval_allow', denied);
    const [asked] = desk.access.waiting;
    if (!asked) throw new Error('somebody waits');
    await desk.access.allow(asked, false);
    expect(desk.toasts.all.at(-1)?.text).toBe(denied.message);
    expect(desk.access.answering).toBeNull();
    expect(desk.access.waiting).toContainEqual(asked);
    end();
  });

  test('leases end with a denial only where that was chosen', async () => {
    const { desk, fake, end } = await deskOn();
    await desk.access.refresh();
    const holder = desk.access.approvals.value?.find(({ open_leases: open }) => open > 0);
    if (!holder) throw new Error('somebody holds a lease');
    desk.access.askToDeny(holder);
    await desk.questions.confirm();
    desk.access.askToDeny(holder);
    desk.questions.chosen = true;
    await desk.questions.confirm();
    expect(callsOf(fake, 'approval_deny')).toEqual([
      { id: holder.id, revokeLeases: false },
      { id: holder.id, revokeLeases: true },
    ]);
    end();
  });
});

describe('testing an identity', () => {
  test('a pasted cloud identity is sent once and kept nowhere', async () => {
    const { desk, fake, end } = await deskOn();
    await desk.access.refresh();
    const model = new TestModel(desk, 'p-k2hd83msx0v7qa');
    model.way = 'pasted';
    model.cloudIdentity = 'eyJzdHMiOiJ4In0=';
    await model.run();
    expect(model.cloudIdentity).toBe('');
    expect(model.result?.accepted).toBe(true);
    expect(callsOf(fake, 'identity_test')).toMatchObject([
      { id: 'p-k2hd83msx0v7qa', cloudIdentity: 'eyJzdHMiOiJ4In0=', client: '127.0.0.1' },
    ]);
    expect(JSON.stringify(desk.drafts)).not.toContain('eyJ');
    expect(JSON.stringify(desk.place)).not.toContain('eyJ');
    end();
  });

  test('it is gone also when the test fails, and when the screen is left', async () => {
    const { desk, fake, end } = await deskOn();
    await desk.access.refresh();
    fake.faults.set('identity_test', denied);
    const model = new TestModel(desk, undefined);
    model.way = 'pasted';
    model.cloudIdentity = 'eyJzdHMiOiJ4In0=';
    await model.run();
    expect(model.failure).toEqual(denied);
    expect(model.cloudIdentity).toBe('');
    model.cloudIdentity = 'eyJ';
    model.forget();
    expect(model.cloudIdentity).toBe('');
    end();
  });

  test('nothing typed is said at its field, without a question to the engine', async () => {
    const { desk, fake, end } = await deskOn();
    await desk.access.refresh();
    const model = new TestModel(desk, undefined);
    await model.run();
    expect(model.problemsOf('arn')).toHaveLength(1);
    expect(callsOf(fake, 'identity_imagine')).toEqual([]);
    end();
  });
});
