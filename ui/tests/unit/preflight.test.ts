// Pre-flights, and what they stand in the way of.
import { GenerateModel } from '../../src/views/generate/generate.svelte';
import { PreflightModel } from '../../src/views/preflight/preflight.svelte';
import { countWords, deniedFor, listWords, whyNotRevoked } from '../../src/words/preflight';
import { callsOf, denied, deskOn } from '../desk';

async function preflight(
  secretId: string,
  scene: 'full' | 'denied' | 'sessions' = 'full',
  stepMs = 0,
) {
  const { fake, desk, end } = await deskOn({ scene, stepMs });
  return { fake, desk, model: new PreflightModel(desk, secretId), end };
}

test('a check is asked for once, and its answer is the secret’s', async () => {
  const { fake, desk, model, end } = await preflight('s-try-me');
  expect(model.found).toBeNull();
  model.check();
  model.check();
  expect(model.flight).toMatchObject({ canary: false });
  await vi.waitFor(() => expect(model.flight).toBeNull());
  expect(callsOf(fake, 'secret_preflight')).toEqual([{ reference: 's-try-me', canary: false }]);
  expect(model.found?.revoke).toBe('allowed');
  expect(model.found?.issue).toBe('unknown');
  expect(desk.ledger.secrets.value?.find(({ id }) => id === 's-try-me')?.preflight).not.toBeNull();
  end();
});

test('a canary flies only after a person said so, knowing what it makes and removes', async () => {
  const { fake, desk, model, end } = await preflight('s-deploy-lambda');
  model.askToFly();
  const said = desk.questions.current?.body.join(' ') ?? '';
  expect(said).toContain('one IAM user under /leases/ in the account 123456789012');
  expect(said).toContain('thrown away unseen');
  expect(said).toContain('revokes it');
  expect(callsOf(fake, 'secret_preflight')).toEqual([]);
  await desk.questions.confirm();
  expect(desk.questions.current).toBeNull();
  await vi.waitFor(() => expect(model.found?.canary?.passed).toBe(true));
  expect(callsOf(fake, 'secret_preflight')).toEqual([
    { reference: 's-deploy-lambda', canary: true },
  ]);
  expect(model.steps.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  end();
});

test('while a canary flies its steps follow its lease, also after looking elsewhere', async () => {
  const { desk, model, end } = await preflight('s-deploy-lambda', 'full', 1000);
  vi.useFakeTimers();
  model.askToFly();
  await desk.questions.confirm();
  await vi.advanceTimersByTimeAsync(0);
  expect(model.steps.map(({ state }) => state)).toEqual(['running', 'waiting', 'waiting']);
  await vi.advanceTimersByTimeAsync(1000);
  expect(model.steps.map(({ state }) => state)).toEqual(['done', 'running', 'waiting']);
  const again = new PreflightModel(desk, 's-deploy-lambda');
  await vi.advanceTimersByTimeAsync(1000);
  expect(again.steps.map(({ state }) => state)).toEqual(['done', 'done', 'running']);
  await vi.advanceTimersByTimeAsync(2000);
  expect(again.flight).toBeNull();
  end();
});

test('the canary of a role session is not renewed, that of a federation token not revoked', async () => {
  const { desk, model, end } = await preflight('s-deploy-role', 'sessions', 1000);
  vi.useFakeTimers();
  expect(model.steps.map(({ step }) => step)).toEqual(['issue', 'revoke']);
  model.askToFly();
  const said = desk.questions.current?.body.join(' ') ?? '';
  expect(said).toContain('one session of arn:aws:iam::123456789012:role/ci/deploy');
  expect(said).not.toMatch(/renew|user/i);
  await desk.questions.confirm();
  await vi.advanceTimersByTimeAsync(1000);
  expect(model.steps.map(({ state }) => state)).toEqual(['done', 'running']);
  await vi.advanceTimersByTimeAsync(3000);
  expect(model.steps.map(({ state }) => state)).toEqual(['done', 'done']);
  const other = new PreflightModel(desk, 's-look-around');
  expect(other.steps.map(({ step }) => step)).toEqual(['issue']);
  end();
});

test('a pre-flight that cannot be made says why and keeps what was known', async () => {
  const { fake, model, end } = await preflight('s-s3-upload');
  fake.faults.set('secret_preflight', denied);
  model.check();
  await vi.waitFor(() => expect(model.problem?.code).toBe('aws_denied'));
  expect(model.found?.revoke).toBe('allowed');
  fake.faults.delete('secret_preflight');
  model.check();
  await vi.waitFor(() => expect(model.flight).toBeNull());
  expect(model.problem).toBeNull();
  end();
});

test('denied and unknown actions come first, and open the table by themselves', async () => {
  const { model, end } = await preflight('s-s3-upload', 'denied');
  const order = model.probes.map(({ verdict }) => verdict);
  expect(order.slice(0, 2)).toEqual(['denied', 'denied']);
  expect(order.lastIndexOf('unknown')).toBeLessThan(order.indexOf('allowed'));
  expect(model.open).toBe(true);
  model.toggle();
  expect(model.open).toBe(false);
  expect(countWords(model.probes)).toMatch(/^2 denied, \d unknown, \d allowed$/);
  end();
});

test('a failed canary shows the step with what failed, and those after it as not tried', async () => {
  const { model, end } = await preflight('s-deploy-lambda', 'denied');
  expect(model.steps.map(({ state }) => state)).toEqual(['done', 'done', 'failed']);
  expect(model.steps[2]?.problem?.message).toContain('iam:DeleteUser');
  end();
});

test('why a revoke is denied is one sentence, from the probes or from the canary', async () => {
  const { model, end } = await preflight('s-deploy-lambda', 'denied');
  const found = model.found;
  if (!found) throw new Error('the scene has a pre-flight');
  expect(deniedFor(found, 'revoke')).toEqual(['iam:DeleteUser']);
  expect(whyNotRevoked(found)).toBe('AWS denies iam:DeleteUser to the managing user.');
  expect(whyNotRevoked({ ...found, probes: [] })).toContain('canary’s user');
  expect(whyNotRevoked({ ...found, probes: [], canary: null })).toContain('last pre-flight');
  expect(listWords(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more');
  expect(listWords(['a', 'b'])).toBe('a and b');
  end();
});

test('nothing is issued that could not be revoked until a person says so', async () => {
  const { fake, desk, end } = await deskOn({ scene: 'denied' });
  const model = new GenerateModel(desk, 's-deploy-lambda');
  expect(model.withheld).toBe(true);
  await model.submit();
  expect(callsOf(fake, 'lease_create')).toEqual([]);
  model.despite = true;
  await model.submit();
  expect(callsOf(fake, 'lease_create')).toMatchObject([{ input: { despite_preflight: true } }]);
  end();
});

test('the word for one secret’s denied revoke is not sent for another', async () => {
  const { fake, desk, end } = await deskOn();
  const model = new GenerateModel(desk, 's-s3-upload');
  model.despite = true;
  await model.submit();
  expect(callsOf(fake, 'lease_create')).toMatchObject([{ input: { despite_preflight: false } }]);
  end();
});

test('a denial that was found after the sheet was opened is shown in it', async () => {
  const { fake, desk, end } = await deskOn();
  const model = new GenerateModel(desk, 's-deploy-lambda');
  expect(model.warned).toBeNull();
  fake.account.scene.denied = ['iam:DeleteUser'];
  await fake.call('secret_preflight', { reference: 's-deploy-lambda', canary: false });
  desk.ledger.secrets.value =
    desk.ledger.secrets.value?.map((secret) => ({ ...secret, preflight: null })) ?? null;
  await model.submit();
  expect(model.problem?.code).toBe('refused');
  await vi.waitFor(() => expect(model.withheld).toBe(true));
  end();
});
