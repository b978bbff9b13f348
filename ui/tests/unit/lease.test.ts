import { CredentialsModel } from '../../src/views/credentials/credentials.svelte';
import { GenerateModel } from '../../src/views/generate/generate.svelte';
import { LeaseModel, PREVIEW_AFTER_MS } from '../../src/views/lease/lease.svelte';
import { callsOf, denied, deskOn, NOON } from '../desk';

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});

async function issued() {
  const made = await deskOn({ stepMs: 10 });
  const generate = new GenerateModel(made.desk, 's-s3-upload');
  const done = generate.submit();
  await vi.advanceTimersByTimeAsync(20);
  await done;
  const leaseId = made.desk.issued?.lease.id ?? '';
  return { ...made, generate, leaseId };
}

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

test('steps are shown as the engine reports them, and the end is the credentials sheet', async () => {
  const { desk, end } = await deskOn({ stepMs: 10 });
  const model = new GenerateModel(desk, 's-s3-upload');
  const states = () => model.steps.map(({ state }) => state);
  const done = model.submit();
  await vi.advanceTimersByTimeAsync(1);
  expect(states()).toEqual(['done', 'running', 'waiting']);
  await vi.advanceTimersByTimeAsync(10);
  expect(states()).toEqual(['done', 'done', 'running']);
  await vi.advanceTimersByTimeAsync(10);
  await done;
  expect(desk.router.sheet).toMatchObject({ sheet: 'credentials' });
  end();
});

test('a sheet that was hidden meanwhile does not lose the credentials', async () => {
  const { desk, end } = await deskOn({ stepMs: 10 });
  desk.router.open({ sheet: 'generate', secretId: 's-s3-upload' });
  const model = new GenerateModel(desk, 's-s3-upload');
  const done = model.submit();
  model.close();
  expect(desk.router.sheet).toBeNull();
  await vi.advanceTimersByTimeAsync(20);
  await done;
  expect(desk.router.sheet).toMatchObject({ sheet: 'credentials' });
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

test('the secret is in the window only while it is revealed, and gone when the sheet closes', async () => {
  const { fake, desk, leaseId, end } = await issued();
  const model = new CredentialsModel(desk, leaseId);
  const close = model.start();
  await model.show('bash');
  expect(model.preview).toContain('•••');
  expect(model.secret).toBeNull();
  await model.toggle();
  expect(model.secret).toHaveLength(40);
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  document.dispatchEvent(new Event('visibilitychange'));
  expect(model.secret).toBeNull();
  await model.toggle();
  close();
  expect(model.secret).toBeNull();
  expect(callsOf(fake, 'credentials_close')).toEqual([{ leaseId }]);
  await vi.advanceTimersByTimeAsync(0);
  await model.toggle();
  expect(model.problem?.message).toContain('shown once');
  end();
});

test('copying happens in the desktop and counts down until the clipboard is cleared', async () => {
  const { fake, desk, leaseId, end } = await issued();
  const model = new CredentialsModel(desk, leaseId);
  await model.copy('json');
  expect(callsOf(fake, 'credentials_copy')).toEqual([{ leaseId, format: 'json' }]);
  expect(model.clearsIn).toBe(30);
  await vi.advanceTimersByTimeAsync(5000);
  expect(model.clearsIn).toBe(25);
  await vi.advanceTimersByTimeAsync(26_000);
  expect(model.clearsIn).toBeNull();
  await model.copy('access_key_id');
  expect(model.clearsIn).toBeNull();
  end();
});

test('closing asks first when nobody took the secret, and not when it was copied or kept', async () => {
  const { desk, leaseId, end } = await issued();
  const untouched = new CredentialsModel(desk, leaseId);
  await untouched.copy('access_key_id');
  untouched.close();
  expect(untouched.asksToClose).toBe(true);
  expect(desk.router.sheet?.sheet).toBe('credentials');
  untouched.close();
  expect(desk.router.sheet).toBeNull();

  desk.router.open({ sheet: 'credentials', leaseId });
  const copied = new CredentialsModel(desk, leaseId);
  await copied.copy('bash');
  copied.close();
  expect(desk.router.sheet).toBeNull();
  end();
});

test('a refused keep goes back to what is true', async () => {
  const { fake, desk, leaseId, end } = await issued();
  const model = new CredentialsModel(desk, leaseId);
  fake.faults.set('credentials_keep', { ...denied, code: 'keychain_locked' });
  await model.keep(true);
  expect(model.lease?.kept).toBe(false);
  expect(model.problem?.code).toBe('keychain_locked');
  end();
});

test('usable is said when the key works, not when it was made', async () => {
  const { desk, leaseId, end } = await issued();
  const model = new CredentialsModel(desk, leaseId);
  const close = model.start();
  expect(model.lease?.usable_after_ms).toBeNull();
  await vi.advanceTimersByTimeAsync(30);
  expect(model.lease?.usable_after_ms).toBe(4200);
  close();
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
