// How accounts are reached: connections of three kinds, the code of a device, a key replaced, the console.
import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, test } from 'vitest';
import { callsOf, openKey, openWindow } from '../desk';

const shown = (name: string) => screen.findByTestId(`connection-${name}`);

async function addSheet(kind: 'profile' | 'role') {
  const opened = openWindow({ scene: 'sources' }, '/connections');
  await opened.person.click(await screen.findByTestId('connection-add-key'));
  await opened.person.click(await screen.findByTestId(`add-by-${kind}`));
  return opened;
}

test('before a connection is removed it is said whose role is assumed from it', async () => {
  const { person } = openWindow({ scene: 'sources' }, '/connections');
  await person.click(await screen.findByTestId('remove-acme-dev'));
  expect(await screen.findByTestId('question')).toHaveTextContent(
    'The role of ops-mfa is assumed from it.',
  );
});

test('what a key lacks to be replaced is a statement to copy, not a line to pick apart', async () => {
  const { fake, person } = openWindow({ scene: 'sources' }, '/connections');
  fake.account.scene.denied = ['iam:CreateAccessKey'];
  await person.click(await screen.findByTestId('rotate-acme-dev'));
  const sheet = within(await screen.findByTestId('rotate-sheet'));
  await person.click(await sheet.findByTestId('statement-copy'));
  expect(JSON.parse(fake.account.clipboard ?? '')).toMatchObject({ Effect: 'Allow' });
  expect(sheet.getByTestId('problem')).not.toHaveTextContent('Effect');
});

describe('a connection by profile', () => {
  test('is chosen from what the AWS configuration has, and says what each resolves to', async () => {
    const { fake, person } = await addSheet('profile');
    await person.click(await screen.findByTestId('profile-vault'));
    expect(screen.getByText(/What the program vault-aws gives/)).toBeInTheDocument();
    expect(screen.getByTestId('field-name')).toHaveValue('vault');
    await person.click(screen.getByTestId('connection-submit'));
    expect(await shown('vault')).toHaveTextContent('AWS profile');
    expect(callsOf(fake, 'connection_add_profile')).toEqual([
      { input: { name: 'vault', profile: 'vault', region: null, endpoint_url: null } },
    ]);
  });

  test('whose log-in has ended shows the command that mends it, and another try', async () => {
    const { fake, person } = await addSheet('profile');
    await person.click(await screen.findByTestId('profile-acme-admin'));
    await person.click(screen.getByTestId('connection-submit'));
    const note = within(screen.getByTestId('add-key-sheet'));
    expect(await note.findByTestId('login-command')).toHaveTextContent(
      'aws sso login --profile acme-admin',
    );
    await person.click(note.getByTestId('login-command-copy'));
    expect(fake.account.clipboard).toBe('aws sso login --profile acme-admin');
    fake.account.scene.endedLogins = [];
    await person.click(note.getByTestId('login-retry'));
    expect(await shown('acme-admin')).toBeInTheDocument();
  });

  test('that asks for a code is added as its role, with everything that is known', async () => {
    const { person } = await addSheet('profile');
    expect(await screen.findByTestId('profile-acme-mfa')).toBeDisabled();
    expect(screen.getByTestId('profile-s3-upload')).toBeDisabled();
    await person.click(screen.getByTestId('profile-role-acme-mfa'));
    expect(await screen.findByTestId('field-role_arn')).toHaveValue(
      'arn:aws:iam::123456789012:role/ops',
    );
    expect(screen.getByTestId('field-mfa_serial')).toHaveValue('arn:aws:iam::123456789012:mfa/ada');
    expect(screen.getByTestId('field-from')).toHaveValue('p:default');
  });

  test('of an endpoint of its own goes there only when a person writes it', async () => {
    const { person } = await addSheet('profile');
    await person.click(await screen.findByTestId('profile-localstack'));
    expect(screen.getByText(/for http:\/\/localhost:4566/)).toBeInTheDocument();
    await person.click(screen.getByTestId('connection-submit'));
    expect(await screen.findByText(/is of an endpoint of its own/)).toBeInTheDocument();
    await person.type(screen.getByTestId('field-endpoint_url'), 'http://localhost:4566');
    await person.click(screen.getByTestId('connection-submit'));
    expect(await shown('localstack')).toHaveTextContent('http://localhost:4566');
  });

  test('needs a profile, and says so when none is chosen or there are none', async () => {
    const { fake, person } = await addSheet('profile');
    await person.click(screen.getByTestId('connection-submit'));
    expect(await screen.findByText(/Choose one of the profiles/)).toBeInTheDocument();
    expect(callsOf(fake, 'connection_add_profile')).toEqual([]);
  });
});

describe('a connection by role', () => {
  test('carries every field, asks for the code, and goes on after it', async () => {
    const { fake, person } = await addSheet('role');
    const fill = async (field: string, text: string) =>
      person.type(await screen.findByTestId(`field-${field}`), text);
    await fill('name', 'deploy');
    await fill('role_arn', 'arn:aws:iam::123456789012:role/deploy');
    await person.selectOptions(screen.getByTestId('field-from'), 'c:acme-dev');
    await fill('external_id', 'house-1');
    await fill('mfa_serial', 'arn:aws:iam::123456789012:mfa/ada');
    await fill('session_name', 'ada');
    await fill('duration', '2h');
    await fill('region', 'eu-west-1');
    await person.click(screen.getByTestId('connection-submit'));

    const field = await screen.findByTestId('code-field');
    await waitFor(() => expect(field).toHaveFocus());
    await person.keyboard('271 828{Enter}');
    expect(await shown('deploy')).toHaveTextContent('arn:aws:iam::123456789012:mfa/ada');
    expect(callsOf(fake, 'code_answer')).toEqual([{ id: '1', code: '271828' }]);
    expect(callsOf(fake, 'connection_add_role')).toEqual([
      {
        input: {
          name: 'deploy',
          role_arn: 'arn:aws:iam::123456789012:role/deploy',
          from_connection: 'acme-dev',
          from_profile: null,
          external_id: 'house-1',
          mfa_serial: 'arn:aws:iam::123456789012:mfa/ada',
          session_name: 'ada',
          duration: '2h',
          region: 'eu-west-1',
          endpoint_url: null,
        },
      },
    ]);
  });

  test('of another partition than its region says so while it is typed', async () => {
    const { person } = await addSheet('role');
    await person.type(
      await screen.findByTestId('field-role_arn'),
      'arn:aws:iam::123456789012:role/x',
    );
    await person.type(screen.getByTestId('field-region'), 'cn-north-1');
    expect(screen.getByText(/The role is in partition aws, the region in aws-cn/)).toBeVisible();
    expect(screen.getByText(/A region of AWS China/)).toBeVisible();
  });
});

test('a key that is typed is looked at before AWS is asked', async () => {
  const { person } = openWindow({ scene: 'sources' }, '/connections');
  await person.click(await screen.findByTestId('connection-add-key'));
  await person.type(await screen.findByTestId('field-access_key_id'), 'ASIAIOSFODNN7EXAMPLE');
  expect(screen.getByText(/This is a temporary key/)).toBeVisible();
});

describe('the code of a device', () => {
  const check = async () => {
    const opened = openWindow({ scene: 'sources' }, '/connections');
    const card = await shown('ops-mfa');
    expect(within(card).getByTestId('needs-attention')).toHaveTextContent('Needs attention');
    await opened.person.click(within(card).getByTestId('login-retry'));
    await screen.findByTestId('code-question');
    return { ...opened, card };
  };

  test('is asked for again when it was wrong or used, by keyboard alone', async () => {
    const { fake, person, card } = await check();
    await person.keyboard('12345{Enter}');
    expect(await screen.findByText(/An MFA code is six digits/)).toBeInTheDocument();
    expect(callsOf(fake, 'code_answer')).toEqual([]);
    await person.clear(screen.getByTestId('code-field'));
    await person.keyboard('000000{Enter}');
    expect(await screen.findByText(/AWS did not take this code/)).toBeInTheDocument();
    expect(screen.getByTestId('code-field')).toHaveValue('');
    await waitFor(() => expect(screen.getByTestId('code-field')).toHaveFocus());
    await person.keyboard('271828{Enter}');
    await waitFor(() => expect(screen.queryByTestId('code-question')).not.toBeInTheDocument());
    await waitFor(() => expect(within(card).queryByTestId('needs-attention')).toBeNull());
  });

  test('that is not given stops what waited for it, and says what is needed', async () => {
    const { fake, person, card } = await check();
    await person.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByTestId('code-question')).not.toBeInTheDocument());
    expect(callsOf(fake, 'code_answer')).toEqual([{ id: '1', code: null }]);
    expect(within(card).getByTestId('needs-attention')).toBeInTheDocument();
  });

  test('lies over a sheet, and a lease is made after it', async () => {
    const { fake, person } = openWindow({ scene: 'sources' }, '/secrets/s-ledger-read/generate');
    const acme = fake.account.connection('acme-dev');
    acme.mfa_serial = 'arn:aws:iam::123456789012:mfa/ada';
    await person.click(await screen.findByTestId('generate-submit'));
    await screen.findByTestId('code-question');
    await person.keyboard('271828{Enter}');
    await waitFor(() => expect(fake.keys.size).toBe(1));
  });

  test('that was asked for before the page came up is shown by it', async () => {
    const { fake } = openWindow({ scene: 'full' });
    fake.emit('code_asked', {
      id: '9',
      connection: 'ops',
      mfa_serial: 'GAHT12345678',
      again: null,
      until: new Date(Date.now() + 120_000).toISOString(),
    });
    expect(await screen.findByTestId('code-question')).toHaveTextContent('GAHT12345678');
    fake.emit('code_asked', null);
    await waitFor(() => expect(screen.queryByTestId('code-question')).not.toBeInTheDocument());
  });
});

describe('a managing key', () => {
  test('is replaced step by step', async () => {
    const { fake, person } = openWindow({ scene: 'sources' }, '/connections');
    await person.click(await screen.findByTestId('rotate-acme-dev'));
    expect(await screen.findByTestId('key-AKIAIOSFODNN7EXAMPLE')).toHaveTextContent(
      /this connection’s.*last used/s,
    );
    await person.click(screen.getByTestId('rotate-submit'));
    expect(await screen.findByTestId('rotate-done')).toHaveTextContent(
      /AKIAIOSFODNN7EXAMPLE is deleted/,
    );
    expect(screen.getByTestId('rotate-step-switched')).toHaveTextContent('done');
    expect(callsOf(fake, 'connection_rotate')).toEqual([{ name: 'acme-dev', removeKey: null }]);
  });

  test('with another beside it waits for a choice, which shows when that was last used', async () => {
    const { fake, person } = openWindow({ scene: 'sources' }, '/connections');
    const card = await shown('old-two-keys');
    expect(within(card).getByTestId('old-key')).toBeInTheDocument();
    expect(within(card).getByTestId('key-age-note')).toHaveTextContent('older than 90 days');
    await person.click(within(card).getByTestId('rotate-old-two-keys'));
    const choice = await screen.findByTestId('rotate-remove-AKIAI44QH8DHBEXAMPLE');
    expect(screen.getByTestId('rotate-submit')).toBeDisabled();
    expect(screen.getByTestId('key-AKIAI44QH8DHBEXAMPLE')).toHaveTextContent(/last used .* for s3/);
    await person.click(choice);
    await person.click(screen.getByTestId('rotate-submit'));
    await screen.findByTestId('rotate-done');
    expect(callsOf(fake, 'connection_rotate')).toEqual([
      { name: 'old-two-keys', removeKey: 'AKIAI44QH8DHBEXAMPLE' },
    ]);
  });

  test('whose replacement was interrupted shows how far it is, and goes on', async () => {
    const { person } = openWindow({ scene: 'sources' }, '/connections');
    const card = await shown('half-rotated');
    expect(within(card).getByTestId('rotation-open')).toHaveTextContent('did not answer');
    await person.click(within(card).getByTestId('rotate-half-rotated'));
    expect(await screen.findByTestId('rotate-resumes')).toHaveTextContent('is not finished');
    expect(screen.getByTestId('rotate-step-kept')).toHaveTextContent('done');
    await person.click(screen.getByTestId('rotate-submit'));
    expect(await screen.findByTestId('rotate-done')).toBeInTheDocument();
  });

  test('that may not be replaced names what is missing', async () => {
    const { fake, person } = openWindow({ scene: 'sources' }, '/connections');
    await screen.findByTestId('rotate-acme-dev');
    fake.account.scene.denied = ['iam:CreateAccessKey'];
    await person.click(screen.getByTestId('rotate-acme-dev'));
    expect(await screen.findByText(/AWS denied iam:UpdateAccessKey/)).toBeInTheDocument();
    expect(screen.getByTestId('rotate-submit')).toBeDisabled();
  });

  test('that was pasted is offered to be replaced at once', async () => {
    const { person } = openWindow({ scene: 'full' }, '/connections');
    await person.click(await screen.findByTestId('connection-add-key'));
    await person.type(await screen.findByTestId('field-name'), 'other');
    await person.type(screen.getByTestId('field-access_key_id'), 'AKIAI44QH8DHBEXAMPLE');
    await person.type(screen.getByTestId('field-secret_access_key'), 'long-enough-to-be-one');
    await person.click(screen.getByTestId('connection-submit'));
    await person.click(await screen.findByText('Rotate now…'));
    expect(await screen.findByTestId('rotate-sheet')).toHaveTextContent('Rotate the key of other');
  });

  test('is called old after as many days as a person chose', async () => {
    const { fake, person } = openWindow({ scene: 'sources' }, '/settings');
    const field = await screen.findByTestId('field-key_age_days');
    await person.clear(field);
    await person.type(field, '0{Enter}');
    await waitFor(() => expect(fake.account.settings.key_age_days).toBe(0));
    await person.click(screen.getByTestId('nav-connections'));
    await shown('old-two-keys');
    expect(screen.queryByTestId('old-key')).not.toBeInTheDocument();
  });
});

describe('the console', () => {
  test('is opened or copied from a lease whose key is kept, and says what is different there', async () => {
    const { fake, person } = openWindow({ scene: 'full' }, '/leases/l-14');
    await person.type(await screen.findByTestId('console-service'), 's3');
    await person.click(screen.getByTestId('console-open'));
    expect(await screen.findByTestId('console-opened')).toHaveTextContent(
      /Switching roles does not work/,
    );
    await person.click(screen.getByTestId('console-copy'));
    expect(await screen.findByText(/leaves the clipboard in 30 s/)).toBeInTheDocument();
    expect(callsOf(fake, 'console_open')).toEqual([
      { leaseId: 'l-14', service: 's3', way: 'browser' },
      { leaseId: 'l-14', service: 's3', way: 'copy' },
    ]);
  });

  test('needs the key, and is not offered for practice leases', async () => {
    const { fake, person } = openWindow({ scene: 'full' }, '/leases/l-11');
    expect(await screen.findByTestId('console-open')).toBeDisabled();
    expect(screen.getByText(/open it in the window that shows the key/)).toBeInTheDocument();
    await person.click(screen.getByTestId('close-sheet'));
    location.hash = '#/leases/l-31';
    await screen.findByText('Inline policies');
    expect(screen.queryByTestId('console')).not.toBeInTheDocument();
    expect(callsOf(fake, 'console_open')).toEqual([]);
  });

  test('opens in a browser that is chosen in a terminal, and can be given up here', async () => {
    const { fake, person } = openWindow({ scene: 'full' }, '/settings');
    expect(await screen.findByTestId('console_browser')).toHaveTextContent('The system’s browser.');
    fake.account.settings = { ...fake.account.settings, console_browser: 'firefox -P aws' };
    fake.account.emit('engine', { kind: 'settings_changed' });
    expect(await screen.findByText('firefox -P aws')).toBeInTheDocument();
    await person.click(screen.getByTestId('console_browser-usual'));
    await waitFor(() => expect(fake.account.settings.console_browser).toBe(''));
    expect(await screen.findByText('The system’s browser.')).toBeInTheDocument();
  });

  test('is opened in the window that shows the key, and names what a lease lacks for it', async () => {
    const { fake, person, unmount } = openWindow(
      { scene: 'full' },
      '/secrets/s-ledger-read/generate',
    );
    await person.click(await screen.findByTestId('generate-submit'));
    await waitFor(() => expect(fake.keys.size).toBe(1));
    const [id = ''] = fake.keys.keys();
    unmount();
    openKey(fake, id);
    await person.click(await screen.findByTestId('console-open'));
    expect(await screen.findByText(/do not allow sts:GetFederationToken/)).toBeInTheDocument();
    expect(callsOf(fake, 'credentials_console')).toEqual([{ service: null, way: 'browser' }]);
  });
});
