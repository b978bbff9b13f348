import type { DraftCheck } from '../../src/api/types';
import { CHECK_AFTER_MS, FormModel } from '../../src/views/form/form.svelte';
import { KeyModel } from '../../src/views/connections/key.svelte';
import { callsOf, denied, deskOn } from '../desk';

const INLINE = '{"Version":"2012-10-17","Statement":[]}';

async function form(scene: 'full' | 'first' = 'full') {
  const { fake, desk, end } = await deskOn({ scene });
  const model = new FormModel(desk, null);
  return { fake, desk, model, end };
}

test('the engine is asked once when typing rests, with what stands there then', async () => {
  const { fake, model, end } = await form();
  vi.useFakeTimers();
  for (const name of ['s', 's3', 's3-x']) {
    model.draft.name = name;
    const forget = model.watch();
    if (name !== 's3-x') forget();
  }
  await vi.advanceTimersByTimeAsync(CHECK_AFTER_MS - 1);
  expect(callsOf(fake, 'secret_check')).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(callsOf(fake, 'secret_check')).toMatchObject([{ draft: { name: 's3-x' } }]);
  end();
});

test('a slow answer to an older question changes nothing', async () => {
  const { desk, model, end } = await form();
  vi.useFakeTimers();
  const answers: ((check: DraftCheck) => void)[] = [];
  vi.spyOn(desk.api, 'checkDraft').mockImplementation(
    () => new Promise((done) => answers.push(done)),
  );
  const check = (summary: string): DraftCheck => ({
    problems: [],
    warnings: [],
    marks: [],
    budget: { documents: 0, guards: 0, limit: 2048 },
    user_name_example: null,
    summary: [summary],
  });
  model.watch();
  await vi.advanceTimersByTimeAsync(CHECK_AFTER_MS);
  model.draft.name = 'newer';
  model.watch();
  await vi.advanceTimersByTimeAsync(CHECK_AFTER_MS);
  answers[1]?.(check('newer'));
  answers[0]?.(check('older'));
  await vi.advanceTimersByTimeAsync(0);
  expect(model.check?.summary).toEqual(['newer']);
  end();
});

test('a field is not blamed before its turn, and all are after an attempt', async () => {
  const { fake, model, end } = await form();
  model.draft.name = 'Not A Slug';
  model.draft.iam_path = 'leases';
  model.touch('iam_path');
  await model.submit();
  expect(model.problemsOf('name')).toHaveLength(1);
  expect(model.problemsOf('iam_path')[0]?.hint).toBe('Write /leases/.');
  expect(model.refusals).toBe(1);
  expect(callsOf(fake, 'secret_add')).toHaveLength(0);
  end();
});

test('a document’s problem stands at its own box although empty boxes are not sent', async () => {
  const { model, end } = await form();
  model.draft.name = 'x';
  model.draft.policy_documents = ['', INLINE, '{ nope'];
  await model.submit();
  expect(model.problemsOfDocument(0)).toEqual([]);
  expect(model.problemsOfDocument(1)).toEqual([]);
  expect(model.problemsOfDocument(2)[0]?.message).toContain('not JSON');
  end();
});

test('a created secret leaves no draft and is shown on the overview', async () => {
  const { fake, desk, model, end } = await form();
  model.draft.name = 'fresh';
  await model.submit();
  model.leave();
  expect(callsOf(fake, 'secret_add')).toMatchObject([{ draft: { name: 'fresh' } }]);
  expect(desk.drafts.secret).toBeNull();
  expect(desk.router.route.screen).toBe('overview');
  expect(desk.justAdded).toMatch(/^s-/);
  end();
});

test('what was typed survives leaving the screen, but no secret does', async () => {
  const { desk, model, end } = await form();
  model.draft.name = 'half-done';
  model.key.secret = 'wJalrXUtnFEMI';
  model.leave();
  expect(desk.drafts.secret?.name).toBe('half-done');
  expect(model.key.secret).toBe('');
  expect(new FormModel(desk, null).draft.name).toBe('half-done');
  end();
});

test('an access key typed on the spot makes a connection first, then the secret', async () => {
  const { fake, model, end } = await form('first');
  expect(model.addingKey).toBe(true);
  model.draft.name = 'fresh';
  await model.submit();
  expect(model.key.problemsOf('name')).toHaveLength(1);
  model.key.name = 'acme-dev';
  model.key.accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
  model.key.secret = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY';
  await model.submit();
  expect(model.key.secret).toBe('');
  const order = fake.calls.map(({ name }) => name);
  expect(order.indexOf('connection_add_key')).toBeLessThan(order.indexOf('secret_add'));
  expect(callsOf(fake, 'secret_add')).toMatchObject([{ draft: { connection: 'acme-dev' } }]);
  end();
});

test('a refusal by the engine stands at its field, another at the top', async () => {
  const { fake, model, end } = await form();
  model.draft.name = 'fresh';
  fake.faults.set('secret_add', denied);
  await model.submit();
  expect(model.failure?.code).toBe('aws_denied');
  fake.faults.set('secret_add', { ...denied, code: 'name_taken', field: 'name' });
  await model.submit();
  expect(model.failure).toBeNull();
  expect(model.problemsOf('name')).toHaveLength(1);
  end();
});

test('an edited secret is not told that its own name is taken', async () => {
  const { fake, desk, end } = await deskOn();
  const original = desk.ledger.secrets.value?.[0] ?? null;
  const model = new FormModel(desk, original);
  model.draft.max_ttl = '9h';
  await model.submit();
  expect(model.failure).toBeNull();
  expect(callsOf(fake, 'secret_edit')).toMatchObject([{ draft: { max_ttl: '9h' } }]);
  end();
});

test('the region follows the connection until it was typed', async () => {
  const { model, end } = await form();
  expect(model.draft.region).toBe('eu-central-1');
  model.choose('practice');
  expect(model.draft.region).toBe('us-east-1');
  expect(model.practice).toBe(true);
  model.draft.region = 'ap-south-1';
  model.choose('acme-dev');
  expect(model.draft.region).toBe('ap-south-1');
  end();
});

test('changes to a secret survive leaving the screen, are said to be there, and can be dropped', async () => {
  const { desk, end } = await deskOn();
  const original = desk.ledger.secrets.value?.[0] ?? null;
  if (!original) throw new Error('the scene has secrets');
  const first = new FormModel(desk, original);
  expect(first.isChanged).toBe(false);
  first.draft.max_ttl = '9h';
  first.leave();
  const again = new FormModel(desk, original);
  expect(again.draft.max_ttl).toBe('9h');
  expect(again.takenUp).toBe(true);
  again.startOver();
  expect(again.draft.max_ttl).toBe(original.draft.max_ttl);
  again.leave();
  expect(new FormModel(desk, original).takenUp).toBe(false);
  end();
});

test('cancel asks before typed text is thrown away, and not when there is none', async () => {
  const { desk, end } = await deskOn();
  const original = desk.ledger.secrets.value?.[0] ?? null;
  if (!original) throw new Error('the scene has secrets');
  const untouched = new FormModel(desk, original);
  untouched.cancel();
  expect(desk.questions.current).toBeNull();
  expect(desk.router.route).toMatchObject({ screen: 'secret', id: original.id });
  const changed = new FormModel(desk, original);
  changed.draft.folder = '/elsewhere';
  changed.cancel();
  expect(desk.questions.current?.testid).toBe('discard-confirm');
  await desk.questions.confirm();
  changed.leave();
  expect(new FormModel(desk, original).draft.folder).toBe(original.draft.folder);
  end();
});

test('a key that was half typed is there again, but for its secret', async () => {
  const { desk, end } = await deskOn();
  const key = new KeyModel(desk);
  key.name = 'acme-dev-2';
  key.accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
  key.secret = 'wJalrXUtnFEMI';
  key.putAside();
  expect(JSON.stringify(desk.drafts)).not.toContain('wJalrXUtnFEMI');
  const again = new KeyModel(desk);
  again.takeUp();
  expect([again.name, again.accessKeyId, again.secret]).toEqual([
    'acme-dev-2',
    'AKIAIOSFODNN7EXAMPLE',
    '',
  ]);
  again.secret = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY';
  expect(await again.add()).not.toBeNull();
  again.putAside();
  expect(desk.drafts.key).toBeNull();
  end();
});
