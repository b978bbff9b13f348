import { GenerateModel } from '../../src/views/generate/generate.svelte';
import { LeaseModel, PREVIEW_AFTER_MS } from '../../src/views/lease/lease.svelte';
import { callsOf, denied, deskOn, NOON } from '../desk';

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});

test('the resulting expiry is by AWS’s clock', async () => {
  const { desk, end } = await deskOn();
  const model = new GenerateModel(desk, 's-s3-upload');
  model.ttl = '90m';
  expect(model.until).toBe(NOON.getTime() + 3000 + 90 * 60_000);
  model.ttl = '9h';
  expect(model.tooLong).toBe(true);
  model.ttl = 'soon';
  expect(model.until).toBeNull();
  end();
});

test('steps are shown as the engine reports them, and the end is the window of the key', async () => {
  const { fake, desk, end } = await deskOn({ stepMs: 10 });
  desk.router.open({ sheet: 'generate', secretId: 's-s3-upload' });
  const model = new GenerateModel(desk, 's-s3-upload');
  const states = () => model.steps.map(({ state }) => state);
  const done = model.submit();
  await vi.advanceTimersByTimeAsync(1);
  expect(states()).toEqual(['done', 'running', 'waiting']);
  await vi.advanceTimersByTimeAsync(10);
  expect(states()).toEqual(['done', 'done', 'running']);
  await vi.advanceTimersByTimeAsync(10);
  await done;
  expect([...fake.keys.keys()]).toHaveLength(1);
  expect(desk.router.sheet).toBeNull();
  // The window may be behind another: this brings it up, and makes none anew.
  desk.toasts.all[0]?.action?.act();
  await vi.advanceTimersByTimeAsync(0);
  expect([...fake.keys.keys()]).toHaveLength(1);
  expect(desk.toasts.all).toHaveLength(1);
  end();
});

test('a sheet that was left meanwhile does not keep the key from its window, nor closes another', async () => {
  const { fake, desk, end } = await deskOn({ stepMs: 10 });
  desk.router.open({ sheet: 'generate', secretId: 's-s3-upload' });
  const model = new GenerateModel(desk, 's-s3-upload');
  const done = model.submit();
  model.close();
  expect(desk.router.sheet).toBeNull();
  desk.router.open({ sheet: 'break-glass' });
  await vi.advanceTimersByTimeAsync(20);
  await done;
  expect(fake.keys.size).toBe(1);
  expect(desk.router.sheet).toEqual({ sheet: 'break-glass' });
  end();
});

test('a failed issue says why, also when nobody looks at the sheet any more', async () => {
  const { fake, desk, end } = await deskOn();
  fake.faults.set('lease_create', denied);
  const model = new GenerateModel(desk, 's-s3-upload');
  await model.submit();
  expect(model.problem?.code).toBe('aws_denied');
  expect(model.busy).toBe(false);
  expect(desk.toasts.all).toHaveLength(1);
  end();
});

test('what was chosen for a secret survives closing the sheet', async () => {
  const { desk, end } = await deskOn();
  const model = new GenerateModel(desk, 's-s3-upload');
  model.ttl = '2h';
  model.label = 'ticket';
  model.close();
  expect(new GenerateModel(desk, 's-s3-upload')).toMatchObject({ ttl: '2h', label: 'ticket' });
  end();
});

test('the moment that a renewal leads to is known before the click', async () => {
  const { fake, desk, end } = await deskOn();
  const model = new LeaseModel(desk, 'l-14', true);
  await model.detail.refresh();
  model.ttl = '1h';
  model.watch();
  await vi.advanceTimersByTimeAsync(PREVIEW_AFTER_MS);
  const before = Date.parse(model.lease?.expires_at ?? '');
  expect(model.preview).toBe(before + 3_600_000);
  await model.renew();
  expect(Date.parse(model.lease?.expires_at ?? '')).toBe(before + 3_600_000);
  expect(callsOf(fake, 'lease_renew')).toEqual([{ id: 'l-14', ttl: '1h', toMax: false }]);
  expect(model.renewing).toBe(false);
  end();
});

test('past the maximum is refused before the click, and extending to it is offered', async () => {
  const { desk, end } = await deskOn();
  const model = new LeaseModel(desk, 'l-14', true);
  await model.detail.refresh();
  model.ttl = '9h';
  model.watch();
  await vi.advanceTimersByTimeAsync(PREVIEW_AFTER_MS);
  expect(model.preview).toBeNull();
  expect(model.refusal?.hint).toContain('extend to the maximum');
  model.extendToMaximum();
  model.watch();
  await vi.advanceTimersByTimeAsync(PREVIEW_AFTER_MS);
  expect(model.preview).toBe(Date.parse(model.lease?.max_expires_at ?? ''));
  await model.renew();
  expect(model.atMaximum).toBe(true);
  end();
});

test('skipping the practice clock ends its leases and moves no real one', async () => {
  const { desk, end } = await deskOn();
  const real = desk.ledger.leases.value?.filter(({ practice }) => !practice).length;
  await desk.api.skipPractice('practice', '1h');
  await vi.advanceTimersByTimeAsync(0);
  expect(desk.ledger.leases.value?.some(({ practice }) => practice)).toBe(false);
  expect(desk.ledger.leases.value).toHaveLength(real ?? 0);
  end();
});
