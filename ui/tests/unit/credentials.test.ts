import { FakePlatform } from '../../src/platform/fake';
import { CredentialsModel } from '../../src/views/credentials/credentials.svelte';
import { callsOf, denied, NOON } from '../desk';

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});

/** A key that was made just now, and the window that shows it. */
async function issued() {
  const fake = new FakePlatform({ stepMs: 10 });
  const made = fake.call('lease_create', {
    input: { secret_id: 's-s3-upload', ttl: null, label: null, request_id: 'r' },
  });
  await vi.advanceTimersByTimeAsync(20);
  const { id } = await made;
  const platform = fake.keys.get(id);
  if (!platform) throw new Error('no window shows the key');
  const model = new CredentialsModel(platform);
  const end = model.start();
  await vi.advanceTimersByTimeAsync(0);
  return { fake, id, platform, model, end };
}

test('the secret is in the page only while it is revealed', async () => {
  const { model, end } = await issued();
  expect(model.preview).toContain('•••');
  expect(model.secret).toBeNull();
  await model.toggle();
  expect(model.secret).toHaveLength(40);
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  document.dispatchEvent(new Event('visibilitychange'));
  expect(model.secret).toBeNull();
  await model.toggle();
  end();
  expect(model.secret).toBeNull();
});

test('copying happens in the desktop and counts down until the clipboard is cleared', async () => {
  const { fake, model, end } = await issued();
  await model.copy('json');
  expect(callsOf(fake, 'credentials_copy')).toEqual([{ format: 'json' }]);
  expect(model.clearsIn).toBe(30);
  await vi.advanceTimersByTimeAsync(5000);
  expect(model.clearsIn).toBe(25);
  await vi.advanceTimersByTimeAsync(26_000);
  expect(model.clearsIn).toBeNull();
  await model.copy('access_key_id');
  expect(model.clearsIn).toBeNull();
  end();
});

test('closing asks first when nobody took the secret, and going back asks again', async () => {
  const { fake, id, model, end } = await issued();
  await model.copy('access_key_id');
  await model.close();
  expect(model.asksToClose).toBe(true);
  await model.close();
  expect(fake.keys.has(id)).toBe(true);
  model.escape();
  expect(model.asksToClose).toBe(false);
  model.escape();
  await vi.advanceTimersByTimeAsync(0);
  expect(model.asksToClose).toBe(true);
  await model.closeAnyway();
  expect(fake.keys.has(id)).toBe(false);
  end();
});

test.each<[string, (model: CredentialsModel) => Promise<void>]>([
  ['copied', (model) => model.copy('bash')],
  ['revealed', (model) => model.toggle()],
  ['kept', (model) => model.keep(true)],
])('a key that was %s closes without a question', async (_, take) => {
  const { fake, id, model, end } = await issued();
  await take(model);
  await model.close();
  expect(model.asksToClose).toBe(false);
  expect(fake.keys.has(id)).toBe(false);
  end();
});

test('who keeps a key and leaves at once is not asked', async () => {
  const { fake, id, model, end } = await issued();
  void model.keep(true);
  await model.close();
  expect(fake.keys.has(id)).toBe(false);
  end();
});

test('the window manager’s close button asks in the page', async () => {
  const { platform, model, end } = await issued();
  platform.hear('close_asked', null);
  await vi.advanceTimersByTimeAsync(0);
  expect(model.asksToClose).toBe(true);
  end();
});

test('a lease that ends takes its key from the page, and the window says so', async () => {
  const { fake, id, model, end } = await issued();
  await model.toggle();
  await fake.call('lease_revoke', { ids: [id] });
  expect(model).toMatchObject({ over: true, secret: null, preview: '', asksToClose: false });
  await model.toggle();
  expect(model.problem?.message).toContain('not kept');
  await model.close();
  expect(fake.keys.has(id)).toBe(false);
  end();
});

test('a refused keep goes back to what is true', async () => {
  const { fake, model, end } = await issued();
  fake.faults.set('credentials_keep', { ...denied, code: 'keychain_locked' });
  await model.keep(true);
  expect(model.lease?.kept).toBe(false);
  expect(model.problem?.code).toBe('keychain_locked');
  end();
});

test('what failed is said until the next thing works, whatever the preview answers meanwhile', async () => {
  const { fake, model, end } = await issued();
  fake.faults.set('credentials_copy', denied);
  const previewed = model.show('json');
  const copied = model.copy('secret_access_key');
  await copied;
  await previewed;
  expect(model.problem?.code).toBe('aws_denied');
  await model.show('fish');
  expect(model.problem?.code).toBe('aws_denied');
  fake.faults.delete('credentials_copy');
  await model.copy('secret_access_key');
  expect(model.problem).toBeNull();
  end();
});

test('usable is said when the key works, and when nobody tries it any more', async () => {
  const { fake, id, model, end } = await issued();
  expect(model.lease?.usable_after_ms).toBeNull();
  await vi.advanceTimersByTimeAsync(30);
  expect(model.lease?.usable_after_ms).toBe(4200);
  fake.emit('engine', { kind: 'not_usable', lease_id: 'another', problem: denied });
  expect(model.givenUp).toBeNull();
  fake.emit('engine', { kind: 'not_usable', lease_id: id, problem: denied });
  expect(model.givenUp?.code).toBe('aws_denied');
  end();
});

test('the next window begins with the format that was chosen last', async () => {
  const { fake, model, end } = await issued();
  await model.show('docker');
  end();
  fake.account.lease('l-14').kept = true;
  await fake.call('credentials_open', { leaseId: 'l-14' });
  const platform = fake.keys.get('l-14');
  if (!platform) throw new Error('no window shows the key');
  const next = new CredentialsModel(platform);
  const endNext = next.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(next.format).toBe('docker');
  expect(next.lease?.id).toBe('l-14');
  expect(localStorage).toHaveLength(0);
  endNext();
});

test('the theme is the one of the settings, and follows them', async () => {
  const { fake, model, end } = await issued();
  expect(model.theme).toBe('system');
  await fake.call('settings_set', { settings: { ...fake.account.settings, theme: 'dark' } });
  await vi.advanceTimersByTimeAsync(0);
  expect(model.theme).toBe('dark');
  end();
});

test('no page but that of its window is answered about a key', async () => {
  const { fake, end } = await issued();
  await expect(fake.call('credentials_reveal', {})).rejects.toThrow('not allowed');
  await expect(fake.call('lease_list', {}, 'l-14')).rejects.toThrow('not allowed');
  end();
});
