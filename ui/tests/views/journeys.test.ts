// The main job through the whole window, on the fake desktop.
import { screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { FakePlatform } from '../../src/platform/fake';
import { callsOf, openKey, openWindow } from '../desk';

test('from a bare machine to a practice key in six clicks', async () => {
  const { fake, person } = openWindow({ scene: 'first' });
  let clicks = 0;
  const click = async (testid: string) => {
    clicks += 1;
    await person.click(await screen.findByTestId(testid));
  };
  await click('firstrun-practice');
  await click('submit-secret');
  expect(await screen.findByTestId('secret-row-try-me')).toBeInTheDocument();
  await click('generate-try-me');
  await click('generate-submit');
  await waitFor(() => expect(fake.keys.size).toBe(1));
  const [id = ''] = fake.keys.keys();
  openKey(fake, id);
  expect(await screen.findByTestId('credential-access-key-id')).toHaveTextContent(/^AKIA/);
  expect(await screen.findByTestId('usable')).toHaveTextContent('usable after 4.2 s');
  await click('reveal-secret');
  await waitFor(() =>
    expect(screen.getByTestId('credential-secret')).toHaveTextContent(/^\w{40}$/),
  );
  expect(clicks).toBeLessThanOrEqual(6);
  expect(screen.getByTestId('credentials-window')).toHaveTextContent(/Practice/);
  await person.click(screen.getByTestId('close-credentials'));
  await waitFor(() => expect(fake.keys.size).toBe(0));
});

test('the window of a key asks before the key is lost, and is closed by Escape once it was taken', async () => {
  const fake = new FakePlatform();
  const person = userEvent.setup({ pointerEventsCheck: 0 });
  const input = { secret_id: 's-s3-upload', ttl: null, label: null, request_id: 'r' };
  const { id, user_name } = await fake.call('lease_create', { input });
  openKey(fake, id);
  await waitFor(() => expect(screen.getByTestId('copy-bash')).toHaveFocus());
  expect(document.title).toBe(`Credentials of ${user_name}`);
  await person.keyboard('{Escape}');
  expect(await screen.findByRole('alert')).toHaveTextContent('cannot be shown again');
  await waitFor(() => expect(screen.getByTestId('close-credentials-back')).toHaveFocus());
  await person.keyboard('{Enter}');
  await waitFor(() => expect(screen.getByTestId('copy-bash')).toHaveFocus());
  await person.keyboard('{Enter}');
  expect(await screen.findByTestId('clipboard-state')).toHaveTextContent('Clipboard clears in');
  expect(fake.account.clipboard).toContain('AWS_SECRET_ACCESS_KEY=');
  await person.keyboard('{Escape}');
  await waitFor(() => expect(fake.keys.size).toBe(0));
});

test('the window of a key whose lease was revoked says so and offers nothing of it', async () => {
  const fake = new FakePlatform();
  const input = { secret_id: 's-s3-upload', ttl: null, label: null, request_id: 'r' };
  const { id } = await fake.call('lease_create', { input });
  openKey(fake, id);
  await screen.findByTestId('copy-bash');
  await fake.call('lease_revoke', { ids: [id] });
  expect(await screen.findByTestId('key-over')).toHaveTextContent('Revoked here');
  for (const gone of ['credential-secret', 'reveal-secret', 'copy-bash', 'keep-credentials']) {
    expect(screen.queryByTestId(gone)).not.toBeInTheDocument();
  }
});

test('a new secret from the form appears at once, with what was typed', async () => {
  const { fake, person } = openWindow();
  await person.click(await screen.findByTestId('add-secret'));
  await person.click(screen.getByTestId('provider-aws-iam'));
  await person.type(await screen.findByTestId('field-name'), 'report-read');
  await person.type(
    screen.getByTestId('field-policy_arns'),
    'arn:aws:iam::aws:policy/ReadOnlyAccess, arn:aws:iam::aws:policy/Other',
  );
  await person.type(screen.getByTestId('field-groups'), 'deployers');
  await person.click(screen.getByTestId('field-policy_documents'));
  await person.paste('{"Version":"2012-10-17","Statement":[]}');
  await person.click(screen.getByTestId('add-document'));
  await person.click(screen.getByTestId('field-policy_documents-1'));
  await person.paste('{"Version":"2012-10-17","Statement":[{}]}');
  await person.click(screen.getByTestId('field-tags'));
  await person.type(screen.getByTestId('field-tags-key-0'), 'team');
  await person.type(screen.getByTestId('field-tags-value-0'), 'data');
  await person.click(screen.getByTestId('submit-secret'));
  expect(await screen.findByTestId('secret-row-report-read')).toBeInTheDocument();
  await waitFor(() => expect(screen.getByTestId('generate-report-read')).toHaveFocus());
  expect(callsOf(fake, 'secret_add')).toMatchObject([
    {
      draft: {
        name: 'report-read',
        policy_arns: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::aws:policy/Other'],
        groups: ['deployers'],
        policy_documents: [
          '{"Version":"2012-10-17","Statement":[]}',
          '{"Version":"2012-10-17","Statement":[{}]}',
        ],
        tags: [{ key: 'team', value: 'data' }],
      },
    },
  ]);
});

test('a refused form names rule and fix at the field and puts the focus there', async () => {
  const { fake, person } = openWindow({}, '/new');
  await person.click(await screen.findByTestId('provider-aws-iam'));
  const name = await screen.findByTestId('field-name');
  await person.type(name, 'Not A Slug');
  await person.click(screen.getByTestId('submit-secret'));
  await waitFor(() => expect(name).toHaveFocus());
  expect(name).toBeInvalid();
  expect(name).toHaveAccessibleDescription(/lower-case letters.*Write it like s3-upload/);
  expect(callsOf(fake, 'secret_add')).toHaveLength(0);
});

test('renewing shows the resulting moment before the click', async () => {
  const { fake, person } = openWindow({}, '/leases');
  await person.click(await screen.findByTestId('renew-l-14'));
  const submit = await screen.findByTestId('renew-submit');
  await waitFor(() =>
    expect(submit).toHaveTextContent(/Renew until \d\d:\d\d|Renew until tomorrow/),
  );
  await person.click(submit);
  await waitFor(() =>
    expect(callsOf(fake, 'lease_renew')).toEqual([{ id: 'l-14', ttl: '1h', toMax: false }]),
  );
  expect(await screen.findByTestId('toast')).toHaveTextContent('Renewed');
});

test('revoking asks, then tells what AWS confirmed, and the row is gone', async () => {
  const { fake, person } = openWindow({}, '/leases');
  const row = await screen.findByTestId(/^lease-row-lh-ledger-read/);
  await person.click(within(row).getByRole('button', { name: /Revoke/ }));
  expect(callsOf(fake, 'lease_revoke')).toHaveLength(0);
  await person.click(await screen.findByTestId('revoke-confirm'));
  expect(await screen.findByTestId('toast')).toHaveTextContent('AWS confirmed');
  // It stays in its place, and goes when it is told to.
  await waitFor(() => expect(row).toHaveTextContent('Revoked'));
  await person.click(screen.getByTestId('hide-rested'));
  expect(row).not.toBeInTheDocument();
});

test('a failed revoke keeps the question open with the reason', async () => {
  const { fake, person } = openWindow({}, '/leases');
  fake.faults.set('lease_revoke', {
    code: 'busy',
    message: 'Somebody else is at work on it.',
    hint: null,
    field: null,
  });
  await person.click(await screen.findByTestId('revoke-l-14'));
  await person.click(await screen.findByTestId('revoke-confirm'));
  expect(await within(screen.getByTestId('question')).findByRole('alert')).toHaveTextContent(
    'Somebody else is at work on it.',
  );
});

test('skipping the practice clock ahead ends the practice lease', async () => {
  const { person } = openWindow({}, '/connections');
  await person.click(await screen.findByTestId('skip-hour'));
  await waitFor(() =>
    expect(screen.getByTestId('connection-practice')).toHaveTextContent('0 open leases'),
  );
  await person.click(screen.getByTestId('nav-leases'));
  expect(screen.queryByTestId(/^lease-row-lh-try-me/)).not.toBeInTheDocument();
});

test('a connection by key is verified first, and a wrong key says so', async () => {
  const { fake, person } = openWindow({}, '/connections');
  await person.click(await screen.findByTestId('connection-add-key'));
  await person.type(await screen.findByTestId('field-name'), 'other');
  await person.type(screen.getByTestId('field-access_key_id'), 'AKIAIOSFODNN7EXAMPLE');
  await person.type(screen.getByTestId('field-secret_access_key'), 'short');
  await person.click(screen.getByTestId('connection-submit'));
  expect(await screen.findByText(/AWS does not know this key/)).toBeInTheDocument();
  await person.type(
    screen.getByTestId('field-secret_access_key'),
    '-but-now-long-enough-to-be-one',
  );
  await person.click(screen.getByTestId('connection-submit'));
  expect(await screen.findByTestId('connection-other')).toBeInTheDocument();
  expect(callsOf(fake, 'connection_add_key')).toHaveLength(2);
});

test('the managing policy is shown with its notes and copied as text', async () => {
  const { fake, person } = openWindow({}, '/connections');
  await person.click(await screen.findByTestId('policy-acme-dev'));
  expect(await screen.findByTestId('policy-document')).toHaveTextContent('iam:CreateUser');
  await person.click(screen.getByTestId('policy-copy'));
  expect(fake.account.clipboard).toContain('"iam:AddUserToGroup"');
});

test('settings are saved as they are chosen, and a refused one goes back', async () => {
  const { fake, person } = openWindow({}, '/settings');
  await person.click(await screen.findByTestId('theme-dark'));
  await waitFor(() => expect(document.documentElement.dataset.theme).toBe('dark'));
  await person.click(screen.getByTestId('lead-60'));
  await waitFor(() => expect(fake.account.settings.lead_minutes).toEqual([5, 15, 60]));
  const seconds = screen.getByTestId('field-clipboard_seconds');
  await person.clear(seconds);
  await person.type(seconds, '2{Enter}');
  expect(await screen.findByText(/5 to 600 seconds/)).toBeInTheDocument();
  expect(fake.account.settings.clipboard_seconds).toBe(30);
  const share = screen.getByTestId('field-reuse_share');
  await person.clear(share);
  await person.type(share, '95{Enter}');
  expect(await screen.findByText(/0 to 90 percent/)).toBeInTheDocument();
  expect(fake.account.settings.reuse_share).toBe(25);
  await person.clear(screen.getByTestId('field-reuse_share'));
  await person.type(screen.getByTestId('field-reuse_share'), '40{Enter}');
  await waitFor(() => expect(fake.account.settings.reuse_share).toBe(40));
});

test('environments are added, renamed and removed from the tabs', async () => {
  const { fake, person } = openWindow();
  const menu = async (item: string) => {
    (await screen.findByTestId('environment-menu')).focus();
    await person.keyboard('{ArrowDown}');
    await person.click(await screen.findByTestId(item));
  };
  await menu('environment-add');
  await person.type(await screen.findByTestId('question-name'), 'sandbox');
  await person.click(screen.getByTestId('question-confirm'));
  expect(await screen.findByRole('tab', { name: /sandbox/ })).toHaveAttribute(
    'aria-selected',
    'true',
  );
  await menu('environment-rename');
  await person.clear(await screen.findByTestId('question-name'));
  await person.type(screen.getByTestId('question-name'), 'lab');
  await person.click(screen.getByTestId('question-confirm'));
  expect(await screen.findByRole('tab', { name: /lab/ })).toBeInTheDocument();
  await menu('environment-remove');
  await person.click(await screen.findByTestId('question-confirm'));
  await waitFor(() => expect(screen.queryByRole('tab', { name: /lab/ })).not.toBeInTheDocument());
  expect(fake.account.scene.environments).toHaveLength(3);
});

test('deleting a secret with open leases revokes first, and says so', async () => {
  const { fake, person } = openWindow({}, '/secrets/s-ledger-read');
  await person.click(await screen.findByRole('tab', { name: 'Settings' }));
  await person.click(await screen.findByRole('button', { name: 'Delete…' }));
  expect(screen.getByTestId('question')).toHaveTextContent(/open lease is revoked first/);
  await person.click(screen.getByTestId('delete-confirm'));
  await waitFor(() =>
    expect(callsOf(fake, 'secret_remove')).toEqual([{ id: 's-ledger-read', revokeLeases: true }]),
  );
  expect(await screen.findByRole('heading', { name: 'Overview' })).toBeInTheDocument();
});

test('the session starts Leasehold as chosen, and hidden only where a tray shows it', async () => {
  const { fake, person } = openWindow({}, '/settings');
  await person.click(await screen.findByTestId('start-tray'));
  await waitFor(() => expect(fake.account.desktop.autostart).toEqual({ kind: 'on', hidden: true }));
  fake.account.desktop.tray = 'no_host';
  fake.emit('desktop_changed', null);
  await waitFor(() => expect(screen.getByTestId('tray-state').dataset.state).toBe('no_host'));
  await person.click(screen.getByTestId('start-nothing'));
  await waitFor(() => expect(fake.account.desktop.autostart).toEqual({ kind: 'off' }));
  await person.click(screen.getByTestId('start-tray'));
  await screen.findByText(/a hidden Leasehold could not be found/);
  expect(fake.account.desktop.autostart).toEqual({ kind: 'off' });
});

test('notifications can be tried, paused and kept quiet over night', async () => {
  const { fake, person } = openWindow({}, '/settings');
  await person.click(await screen.findByTestId('notification-test'));
  expect((await screen.findByTestId('notification-tested')).textContent).toContain('shows buttons');
  await person.click(screen.getByTestId('pause-hour'));
  await screen.findByTestId('paused');
  await person.click(screen.getByTestId('pause-off'));
  await waitFor(() => expect(screen.queryByTestId('paused')).toBeNull());
  await person.click(screen.getByTestId('field-quiet'));
  await waitFor(() => expect(fake.account.settings.quiet_from).toBe('22:00'));
  await person.click(screen.getByTestId('field-hide_names'));
  await waitFor(() => expect(fake.account.settings.hide_names).toBe(true));
});
