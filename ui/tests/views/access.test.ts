// Access as a person meets it in the window: from nobody to a lease for a dev box, answers, revokes, tests.
import { screen, waitFor, within } from '@testing-library/svelte';
import { callsOf, denied, openWindow } from '../desk';

test('from nothing to an open gateway: method, role, rule, association, switch', async () => {
  const { fake, person } = openWindow({ scene: 'empty' }, '/access');
  await person.click(await screen.findByTestId('add-method'));
  await person.type(await screen.findByTestId('field-name'), '/ci/boxes');
  await person.type(screen.getByTestId('field-bound_aws_account_id'), '123456789012{Enter}');
  await waitFor(() =>
    expect(screen.getByTestId('method-summary')).toHaveTextContent(
      'account 123456789012 may log in',
    ),
  );
  await person.click(screen.getByTestId('submit-method'));
  expect(await screen.findByTestId('method-no-role')).toBeInTheDocument();
  expect(screen.getByTestId('help-gateway-off')).toBeInTheDocument();
  await person.click(screen.getByTestId('method-new-role'));
  await person.type(await screen.findByTestId('field-role-name'), 'deploy');
  await person.click(screen.getByTestId('role-submit'));
  await person.type(await screen.findByTestId('field-rule-path'), '/development/*');
  await person.click(screen.getByTestId('capability-update'));
  await person.click(screen.getByTestId('rule-submit'));
  expect(await screen.findByTestId('rule-/development/*')).toHaveTextContent(/read.*update/);
  const id = fake.account.access.scene.methods[0]?.access_id ?? '';
  await person.selectOptions(screen.getByTestId('associate-method'), id);
  await person.click(screen.getByTestId('associate-submit'));
  expect(await screen.findByTestId(`dissociate-${id}`)).toBeInTheDocument();
  await person.click(screen.getByTestId('nav-access'));
  await person.click(await screen.findByRole('tab', { name: 'Gateway' }));
  await person.click(await screen.findByTestId('gateway-switch'));
  await waitFor(() => expect(screen.getByTestId('gateway-state')).toHaveTextContent('Listening'));
  expect(fake.account.access.scene.roles[0]?.associations).toMatchObject([{ access_id: id }]);
});

test('an access id is copied, and the list says what leads nowhere', async () => {
  const { fake, person } = openWindow({}, '/access');
  await person.click(await screen.findByTestId('copy-p-9ftw51bnr4c2ze'));
  await waitFor(() => expect(fake.account.clipboard).toBe('p-9ftw51bnr4c2ze'));
  expect(screen.getByTestId('method-row-emulator')).toHaveTextContent(/Off.*no role yet/s);
});

test('a method is deleted only when its name is typed, and not while it is protected', async () => {
  const { fake, person } = openWindow({}, '/access/methods/p-9ftw51bnr4c2ze');
  await person.click(await screen.findByTestId('method-menu'));
  await person.click(await screen.findByTestId('method-delete'));
  expect(await screen.findByTestId('method-delete-confirm')).toBeDisabled();
  await person.type(screen.getByTestId('question-typed'), '/people/sso');
  await person.click(screen.getByTestId('method-delete-confirm'));
  await waitFor(() => expect(screen.queryByTestId('question')).not.toBeInTheDocument());
  expect(callsOf(fake, 'auth_method_delete')).toEqual([
    { id: 'p-9ftw51bnr4c2ze', revokeLeases: false },
  ]);
  await person.click(await screen.findByTestId('menu-p-k2hd83msx0v7qa'));
  await person.click(await screen.findByTestId('delete-p-k2hd83msx0v7qa'));
  expect(await screen.findByTestId('question')).toHaveTextContent('delete protection');
  expect(callsOf(fake, 'auth_method_delete')).toHaveLength(1);
});

test('a custom STS endpoint is a banner on its method', async () => {
  openWindow({}, '/access/methods/p-3mxc07vqd8y5th');
  expect(await screen.findByTestId('sts-banner')).toHaveTextContent(
    'Identities are asserted by 127.0.0.1:4566, not by AWS',
  );
});

test('somebody who waits is told of on every screen, aloud, and answered there', async () => {
  const { fake, person } = openWindow({ scene: 'waiting' }, '/connections');
  await screen.findByTestId('prompt');
  await waitFor(() => expect(screen.getByTestId('prompt-said')).toHaveTextContent('role dev-gpu'));
  expect(screen.getByTestId('prompt-said')).toHaveAttribute('aria-live', 'assertive');
  await person.click(screen.getByTestId('prompt-allow-always-5c1d77aa02ef'));
  expect(await screen.findByTestId('prompt-e4b9d2c61a07')).toHaveTextContent('not AWS');
  await person.click(screen.getByTestId('prompt-deny-e4b9d2c61a07'));
  await person.click(await screen.findByTestId('deny-confirm'));
  await waitFor(() => expect(screen.queryByTestId('prompt')).not.toBeInTheDocument());
  expect(callsOf(fake, 'approval_allow')).toEqual([{ id: '5c1d77aa02ef', always: true }]);
  expect(callsOf(fake, 'approval_deny')).toEqual([{ id: 'e4b9d2c61a07', revokeLeases: false }]);
});

test('a prompt that was answered elsewhere goes away', async () => {
  const { fake } = openWindow({ scene: 'waiting' }, '/');
  await screen.findByTestId('prompt-5c1d77aa02ef');
  await fake.call('approval_allow', { id: '5c1d77aa02ef', always: false });
  await waitFor(() => expect(screen.queryByTestId('prompt-5c1d77aa02ef')).not.toBeInTheDocument());
});

test('F6 leads to the prompt beside an open sheet', async () => {
  const { person } = openWindow({ scene: 'waiting' }, '/leases/l-17');
  await screen.findByTestId('lease-sheet');
  await screen.findByTestId('prompt');
  await person.keyboard('{F6}');
  expect(screen.getByTestId('prompt-allow-once-5c1d77aa02ef')).toHaveFocus();
});

test('a session is ended, with its leases where that is chosen', async () => {
  const { fake, person } = openWindow({}, '/access/sessions');
  await person.click(await screen.findByTestId('end-session-s1d0a4'));
  await person.click(await screen.findByTestId('question-option'));
  await person.click(screen.getByTestId('session-end-confirm'));
  await waitFor(() => expect(screen.queryByTestId('session-s1d0a4')).not.toBeInTheDocument());
  expect(callsOf(fake, 'session_revoke')).toEqual([{ id: 's1d0a4', revokeLeases: true }]);
  expect(screen.getByTestId('session-s8b3c2')).toHaveTextContent('New');
});

test('a session counts its leases anew when one of them comes or goes', async () => {
  const { fake } = openWindow({}, '/access/sessions');
  expect(await screen.findByTestId('session-s8b3c2')).toHaveTextContent('none');
  const session = fake.account.access.scene.sessions.find(({ id }) => id === 's8b3c2');
  const [lease] = fake.account.scene.leases;
  if (!session || !lease) throw new Error('the scene has them');
  session.open_leases = 1;
  const theirs = { ...lease, requested_by: session.arn };
  fake.account.emit('engine', { kind: 'lease_changed', lease: theirs });
  await waitFor(() => expect(screen.getByTestId('session-s8b3c2')).toHaveTextContent('1 open'));
});

test('of very many who have come, the latest are shown first', async () => {
  const { fake, person } = openWindow({}, '/access/sessions');
  const { scene } = fake.account.access;
  const [one] = scene.approvals;
  if (!one) throw new Error('somebody has come');
  scene.approvals = Array.from({ length: 60 }, (_, index) => ({ ...one, id: `id-${index}` }));
  fake.emit('engine', { kind: 'access_changed' });
  await waitFor(() => expect(screen.getAllByTestId(/^person-id-/)).toHaveLength(50));
  await person.click(screen.getByTestId('people-all'));
  expect(screen.getAllByTestId(/^person-id-/)).toHaveLength(60);
});

test('a lease that a caller asked for says who, and its ARN', async () => {
  openWindow({ scene: 'waiting' }, '/leases/l-17');
  const sheet = await screen.findByTestId('lease-sheet');
  expect(
    await within(sheet).findByText('by role dev-box, session i-0abc1234def567890'),
  ).toBeVisible();
});

test('who can get at a secret is said on its page, and led to', async () => {
  const { person } = openWindow({}, '/secrets/s-s3-upload');
  expect(await screen.findByTestId('secret-who')).toHaveTextContent('payments-deploy');
  await person.click(screen.getByTestId('secret-to-who'));
  const way = await screen.findByTestId('who-payments-deploy');
  expect(way).toHaveTextContent(/get a lease.*\/ci\/dev-boxes.*dev-\*,ci-runner/s);
});

test('a rule that denies is told in words, and wins', async () => {
  openWindow({}, '/access/roles/payments-deploy');
  expect(await screen.findByTestId('reach-/production/reports/nightly-export')).toHaveTextContent(
    'Denied, whatever other roles say',
  );
  expect(await screen.findByTestId('reach-/development/payments/s3-upload')).toHaveTextContent(
    'get a lease',
  );
});

test('what is refused has the focus: a name, a path, a sub-claim', async () => {
  const { person } = openWindow({}, '/access/roles');
  await person.click(await screen.findByTestId('add-role'));
  await person.type(await screen.findByTestId('field-role-name'), 'Deploy!');
  await person.click(screen.getByTestId('role-submit'));
  await waitFor(() => expect(screen.getByTestId('field-role-name')).toHaveFocus());
  await person.clear(screen.getByTestId('field-role-name'));
  await person.type(screen.getByTestId('field-role-name'), 'deploy');
  await person.click(screen.getByTestId('role-submit'));
  await person.type(await screen.findByTestId('field-rule-path'), '/development/');
  await person.click(screen.getByTestId('rule-submit'));
  await waitFor(() => expect(screen.getByTestId('field-rule-path')).toHaveFocus());
  expect(screen.getByText(/ends in a slash/)).toBeInTheDocument();
  await person.selectOptions(screen.getByTestId('associate-method'), 'p-k2hd83msx0v7qa');
  await person.click(screen.getByTestId('claim-add'));
  await person.click(screen.getByTestId('associate-submit'));
  await waitFor(() => expect(screen.getByTestId('claim-value-0')).toHaveFocus());
});

test('a test shows every bound, every role and what could be done', async () => {
  const { person } = openWindow({}, '/access/test/p-k2hd83msx0v7qa');
  await person.type(
    await screen.findByTestId('test-arn'),
    'arn:aws:sts::999999999999:assumed-role/dev-box/i-1',
  );
  await person.selectOptions(screen.getByTestId('test-path'), 's-s3-upload');
  await person.click(screen.getByTestId('test-run'));
  expect(await screen.findByTestId('test-reason')).toHaveTextContent('account_not_bound');
  expect(screen.getByTestId('test-said')).toHaveTextContent('It would be refused');
  expect(screen.getByTestId('bound-bound_aws_account_id')).toHaveTextContent('Fail');
  expect(screen.getByTestId('role-test-payments-deploy')).toHaveTextContent('Gets it');
  expect(screen.getByTestId('decision-issue')).toHaveTextContent('Allowed');
});

test.each([
  ['auth_method_list', '/access', 'Auth methods could not be loaded'],
  ['role_list', '/access/roles', 'Roles could not be loaded'],
  ['session_list', '/access/sessions', 'Sessions could not be loaded'],
  ['gateway_get', '/access/gateway', 'The gateway could not be asked'],
] as const)('when %s fails, the screen says so and tries again', async (command, path, said) => {
  const { fake, person } = openWindow({ delayMs: 1 }, path);
  fake.faults.set(command, denied);
  const alert = await screen.findByText(new RegExp(said));
  expect(alert).toBeInTheDocument();
  fake.faults.delete(command);
  const panel = screen.getByRole('tabpanel');
  await person.click(within(panel).getByRole('button', { name: /Try again/ }));
  await waitFor(() => expect(screen.queryByText(new RegExp(said))).not.toBeInTheDocument());
});

test('a gateway that cannot listen says why and what to do', async () => {
  const { fake, person } = openWindow({ scene: 'trouble' }, '/access/gateway');
  const panel = await screen.findByRole('tabpanel');
  expect(await within(panel).findByText(/address already in use/)).toBeInTheDocument();
  await person.click(within(panel).getByRole('button', { name: /Try again now/ }));
  expect(callsOf(fake, 'gateway_retry')).toHaveLength(1);
});

test('everything of Access is found in the palette, and the key leads there', async () => {
  const { person } = openWindow({}, '/');
  await screen.findByTestId('secret-row-s3-upload');
  await person.keyboard('ge');
  expect(await screen.findByTestId('access-methods')).toBeInTheDocument();
  await person.keyboard('{Control>}k{/Control}');
  await person.keyboard('gateway on');
  await person.keyboard('{Enter}');
  await waitFor(() => expect(screen.getByTestId('gateway-state')).toHaveTextContent('Listening'));
});
