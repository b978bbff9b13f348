// Leases that are sessions of AWS STS: what the form sends, and what is and is not offered for one.
import { screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { FakePlatform } from '../../src/platform/fake';
import { callsOf, openKey, openWindow } from '../desk';

test('the form of a role session sends its role and nothing of an IAM user', async () => {
  const { fake, person } = openWindow({ scene: 'sessions' }, '/new');
  await person.click(await screen.findByTestId('provider-aws-sts-role'));
  await person.type(await screen.findByTestId('field-name'), 'deploy');
  await person.type(screen.getByTestId('field-role_arn'), 'arn:aws:iam::123456789012:role/deploy');
  await person.type(screen.getByTestId('field-external_id'), 'acme-7731');
  for (const gone of ['iam_path', 'permission_boundary', 'groups', 'username_template']) {
    expect(screen.queryByTestId(`field-${gone}`)).not.toBeInTheDocument();
  }
  await person.click(screen.getByTestId('submit-secret'));
  expect(await screen.findByTestId('secret-row-deploy')).toHaveTextContent('role deploy');
  expect(callsOf(fake, 'secret_add')).toMatchObject([
    {
      draft: {
        credential_type: 'assumed_role',
        role_arn: 'arn:aws:iam::123456789012:role/deploy',
        external_id: 'acme-7731',
        iam_path: '',
        permission_boundary: '',
        username_template: '',
        max_ttl: '1h',
      },
    },
  ]);
});

test('a federation token without a session policy is refused at the field', async () => {
  const { fake, person } = openWindow({ scene: 'sessions' }, '/new');
  await person.click(await screen.findByTestId('provider-aws-sts-federation'));
  await person.type(await screen.findByTestId('field-name'), 'look');
  await person.click(screen.getByTestId('submit-secret'));
  await waitFor(() => expect(screen.getByTestId('field-policy_arns')).toBeInvalid());
  expect(callsOf(fake, 'secret_add')).toHaveLength(0);
});

test('a running session is not renewed: another is offered, and what a revoke can do is said', async () => {
  const { person } = openWindow({ scene: 'sessions' }, '/leases/l-41');
  expect(await screen.findByTestId('revoke-note')).toHaveTextContent(
    /where the managing user may.*ends by itself at (today |tomorrow )?\d\d:\d\d\./,
  );
  expect(screen.queryByTestId('sheet-renew')).not.toBeInTheDocument();
  await person.click(screen.getByTestId('sheet-revoke'));
  expect(screen.getByRole('alertdialog')).toHaveTextContent('denies everything to this session');
  await person.keyboard('{Escape}');
  await person.click(screen.getByTestId('sheet-another'));
  expect(await screen.findByTestId('generate-sheet')).toHaveTextContent('deploy-role');
});

test('what nothing can end is not offered to be revoked', async () => {
  openWindow({ scene: 'sessions' }, '/leases/l-44');
  expect(await screen.findByTestId('revoke-note')).toHaveTextContent(
    'cannot be ended before its time',
  );
  expect(screen.queryByTestId('sheet-revoke')).not.toBeInTheDocument();
});

test('a session that ended by itself is never called revoked', async () => {
  openWindow({ scene: 'sessions' }, '/leases/l-53');
  const sheet = await screen.findByTestId('lease-sheet');
  await waitFor(() => expect(sheet).toHaveTextContent('Ended by itself'));
  expect(sheet).not.toHaveTextContent(/revoked/i);
});

test('the key of a session has its token, masked with the secret and copied by itself', async () => {
  const fake = new FakePlatform({ scene: 'sessions' });
  const input = { secret_id: 's-deploy-role', ttl: null, label: null, request_id: 'r' };
  const { id } = await fake.call('lease_create', { input });
  openKey(fake, id);
  const person = userEvent.setup();
  const token = await screen.findByTestId('credential-token');
  expect(token).not.toHaveTextContent('IQoJ');
  await person.click(screen.getByTestId('reveal-secret'));
  await waitFor(() => expect(token).toHaveTextContent(/^IQoJ/));
  await person.click(screen.getByTestId('reveal-secret'));
  expect(token).not.toHaveTextContent('IQoJ');
  await person.click(screen.getByTestId('copy-session_token'));
  expect(callsOf(fake, 'credentials_copy')).toEqual([{ format: 'session_token' }]);
});
