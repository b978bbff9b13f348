// Empty, loading, failed, locked, offline: what the window shows when not all is well.
import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { FakePlatform } from '../../src/platform/fake';
import { counted } from '../../src/time/moment';
import { isOpen } from '../../src/words/lease';
import { callsOf, denied, openWindow } from '../desk';

type PageCall = { query: { limit: number | null } };

test('while nothing is known there are outlines, not an empty screen', async () => {
  const { fake } = openWindow();
  fake.faults.set('secret_list', 'hang');
  expect(
    await screen.findByRole('status', { name: 'Loading dynamic secrets' }),
  ).toBeInTheDocument();
});

test.each([
  ['secret_list', '/', 'Dynamic secrets could not be loaded'],
  ['lease_list', '/leases', 'The leases could not be loaded'],
  ['connection_list', '/connections', 'Connections could not be loaded'],
  ['settings_get', '/settings', 'Settings could not be loaded'],
  ['lease_page', '/secrets/s-s3-upload', 'The leases could not be loaded'],
] as const)(
  'when %s fails, %s says what, where and what helps, and tries again',
  async (command, path, words) => {
    const { fake, person } = openWindow({ delayMs: 1 }, path);
    fake.faults.set(command, denied);
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent(words);
    expect(alert).toHaveTextContent('Give the managing user the policy.');
    fake.faults.delete(command);
    await person.click(within(alert).getByRole('button', { name: /Try again/ }));
    await waitFor(() => expect(alert).not.toBeInTheDocument());
  },
);

test('a locked keyring and a damaged store are said on every screen', async () => {
  const { fake, person } = openWindow({ scene: 'trouble' }, '/settings');
  expect(await screen.findByText(/The OS keyring is locked/)).toBeInTheDocument();
  expect(screen.getByText(/kept aside as state.db.damaged/)).toBeInTheDocument();
  fake.account.scene.keychainProblem = null;
  await person.click(screen.getByRole('button', { name: /Look again/ }));
  await waitFor(() => expect(screen.queryByText(/keyring is locked/)).not.toBeInTheDocument());
  await person.click(screen.getByRole('button', { name: 'Dismiss' }));
  expect(screen.queryByText(/kept aside/)).not.toBeInTheDocument();
});

test('when AWS is out of reach it is said that leases end on time all the same', async () => {
  const { person } = openWindow({ scene: 'trouble' }, '/leases');
  const banner = (await screen.findByText(/acme-dev: AWS did not answer/)).closest('[role=alert]');
  expect(banner).toHaveTextContent('Leases end on time all the same');
  await person.click(within(banner as HTMLElement).getByRole('button', { name: /Check again/ }));
  await waitFor(() => expect(banner).not.toBeInTheDocument());
});

test('an offline computer is said to be', async () => {
  openWindow();
  await screen.findByTestId('secret-row-s3-upload');
  await fireEvent(window, new Event('offline'));
  expect(await screen.findByText('This computer is offline.')).toBeInTheDocument();
  await fireEvent(window, new Event('online'));
  expect(screen.queryByText('This computer is offline.')).not.toBeInTheDocument();
});

test('an empty environment says what belongs there and offers to add it', async () => {
  const { person } = openWindow();
  await person.click(await screen.findByRole('tab', { name: /staging/ }));
  expect(screen.getByRole('heading', { name: 'No dynamic secret in staging' })).toBeInTheDocument();
});

test('arrows move between environments', async () => {
  const { person } = openWindow();
  const first = await screen.findByRole('tab', { name: /development/ });
  first.focus();
  await person.keyboard('{ArrowRight}');
  expect(screen.getByRole('tab', { name: /staging/ })).toHaveFocus();
  await person.keyboard('{End}');
  expect(screen.getByRole('tab', { name: /production/ })).toHaveAttribute('aria-selected', 'true');
});

test('a filter that matches nothing can be cleared', async () => {
  const { person } = openWindow();
  await person.type(await screen.findByTestId('filter-secrets'), 'nothing-like-this');
  await person.click(await screen.findByRole('button', { name: 'Clear the search' }));
  expect(screen.getByTestId('secret-row-s3-upload')).toBeInTheDocument();
});

test('practice is marked wherever its data appears', async () => {
  const { person } = openWindow();
  const row = await screen.findByTestId('secret-row-try-me');
  expect(row).toHaveTextContent('Practice');
  await person.click(screen.getByTestId('nav-leases'));
  expect(await screen.findByTestId(/^lease-row-lh-try-me/)).toHaveTextContent('Practice');
  await person.click(screen.getByTestId('nav-connections'));
  expect(await screen.findByTestId('connection-practice')).toHaveTextContent('Practice');
});

test('a blocked clean-up says what AWS said, what would fix it, how far it is and when the next try is', async () => {
  const { fake, person } = openWindow({ scene: 'trouble' }, '/leases/l-41');
  const sheet = await screen.findByTestId('lease-sheet');
  await within(sheet).findByText('3 of 4 confirmed');
  expect(sheet).toHaveTextContent('blocked by login profile');
  expect(sheet).toHaveTextContent(/AWS refuses iam:DeleteUser/);
  expect(sheet).toHaveTextContent(/Allow iam:DeleteLoginProfile/);
  expect(sheet).toHaveTextContent(/next try/);
  await person.click(within(sheet).getByRole('button', { name: /Retry now/ }));
  await waitFor(() => expect(callsOf(fake, 'lease_retry')).toEqual([{ id: 'l-41' }]));
});

test('a failed issue is said in the sheet, and the sheet stays', async () => {
  const { fake, person } = openWindow({}, '/secrets/s-s3-upload/generate');
  await screen.findByTestId('generate-submit');
  fake.faults.set('lease_create', denied);
  await person.click(screen.getByTestId('generate-submit'));
  expect(await screen.findByRole('alert')).toHaveTextContent('No lease was issued: AWS denied');
  expect(screen.getByTestId('generate-submit')).toBeEnabled();
});

test('a TTL beyond the maximum is refused before anything is asked', async () => {
  const { fake, person } = openWindow({}, '/secrets/s-s3-upload/generate');
  const ttl = await screen.findByTestId('generate-ttl');
  await person.clear(ttl);
  await person.type(ttl, '9h');
  expect(ttl).toHaveAccessibleDescription(/at most 8 h/);
  expect(screen.getByTestId('generate-submit')).toBeDisabled();
  expect(callsOf(fake, 'lease_create')).toHaveLength(0);
});

test('a deleted secret’s page says so', async () => {
  openWindow({}, '/secrets/gone');
  expect(await screen.findByText('This dynamic secret is gone')).toBeInTheDocument();
});

test('of many open leases only what is near is drawn, and all of them are counted', async () => {
  const scene = new FakePlatform({ scene: 'many' }).account.scene.leases[0];
  if (!scene) throw new Error('the scene has leases');
  const { fake, person } = openWindow({ scene: 'many' }, '/leases');
  for (let index = 0; index < 1000; index += 1) {
    fake.account.scene.leases.push({ ...scene, id: `x-${index}`, user_name: `user-${index}` });
  }
  fake.emit('engine', { kind: 'clock_moved', connection: 'acme-dev', clock_offset_ms: 0 });
  const count = fake.account.scene.leases.filter(isOpen).length;
  await waitFor(() =>
    expect(screen.getByTestId('leases-count')).toHaveTextContent(`${counted(count)} open leases`),
  );
  const table = screen.getByRole('table', { name: 'Leases' });
  expect(table).toHaveAttribute('aria-rowcount', String(count + 1));
  expect(within(table).getAllByRole('row').length).toBeLessThan(100);
  // The keys lead to rows that were not drawn yet.
  document.querySelector<HTMLElement>('[data-cursor]')?.focus();
  await person.keyboard('{End}');
  const at = () => document.activeElement?.closest('[role=row]')?.getAttribute('aria-rowindex');
  await waitFor(() => expect(at()).toBe(String(count + 1)));
  await person.keyboard('{ArrowUp}');
  await waitFor(() => expect(at()).toBe(String(count)));
});

test('of a long history a few pages are shown, chosen from and searched', async () => {
  const { fake, person } = openWindow({ scene: 'history' }, '/leases');
  await person.click(await screen.findByTestId('leases-ended'));
  const said = () => screen.getByTestId('leases-count').textContent;
  await waitFor(() => expect(said()).toMatch(/^1,20\d ended leases, 100 shown$/));
  await person.click(await screen.findByTestId('leases-after'));
  await waitFor(() => expect(said()).toContain('200 shown'));
  await person.selectOptions(screen.getByTestId('leases-secret'), 's-s3-upload');
  await waitFor(() => expect(said()).toMatch(/^\d{3} ended leases, 100 shown$/));
  await person.click(screen.getByTestId('filter-leases'));
  await person.paste('release 40');
  await waitFor(() => expect(said()).toMatch(/^\d ended leases?$/));
  expect(callsOf(fake, 'lease_page').every((call) => (call as PageCall).query.limit === 100)).toBe(
    true,
  );
  await person.click(screen.getByTestId('leases-attention'));
  expect(await screen.findByText(/Nothing matches/)).toBeInTheDocument();
});
