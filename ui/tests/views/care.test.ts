// What is found, blocked and ended in bulk, as a person meets it on the screens.
import { screen, waitFor, within } from '@testing-library/svelte';
import { callsOf, openWindow } from '../desk';

test('a leaked key says what to do now, offers no renewal, and can be marked as seen', async () => {
  const { fake, person } = openWindow({ scene: 'alarms' }, '/leases/l-47');
  const panel = await screen.findByTestId('lease-found');
  expect(within(panel).getByRole('alert')).toHaveTextContent('found in a public place');
  expect(panel).toHaveTextContent(/Rotate whatever the key could reach/);
  expect(screen.queryByTestId('sheet-renew')).not.toBeInTheDocument();
  await person.click(within(panel).getByRole('button', { name: 'Copy the key id' }));
  await waitFor(() => expect(fake.account.clipboard).toMatch(/^AKIA/));
  await person.click(screen.getByTestId('found-seen'));
  await waitFor(() => expect(screen.queryByTestId('found-seen')).not.toBeInTheDocument());
  expect(panel).toHaveTextContent('seen');
});

test('another user under the name can be forgotten, not revoked', async () => {
  openWindow({ scene: 'alarms' }, '/leases/l-61');
  const panel = await screen.findByTestId('lease-found');
  expect(panel).toHaveTextContent(/Nothing of that user is touched/);
  expect(screen.getByTestId('found-forget')).toBeInTheDocument();
  expect(screen.queryByTestId('sheet-revoke')).not.toBeInTheDocument();
});

test('a clean-up shows each of its steps, and the statement that is missing can be copied', async () => {
  const { fake, person } = openWindow({ scene: 'trouble' }, '/leases/l-41');
  const ending = await screen.findByTestId('lease-ending');
  expect(within(ending).getByTestId('step-key')).toHaveTextContent(/deleted \d\d:\d\d/);
  expect(within(ending).getByTestId('step-guards')).toHaveTextContent('gone');
  expect(within(ending).getByTestId('step-user')).toHaveTextContent('blocked by login profile');
  expect(ending).toHaveTextContent(/Tried 4 times. Next try in 6 min/);
  await person.click(screen.getByTestId('missing-statement-copy'));
  await waitFor(() => expect(fake.account.clipboard).toContain('iam:DeleteLoginProfile'));
});

test.each([
  ['l-20', 'Revoked here'],
  ['l-23', 'Ended on time'],
  ['l-26', 'Removed by somebody else'],
] as const)('%s: %s', async (id, title) => {
  openWindow({}, `/leases/${id}`);
  expect(await screen.findByTestId('lease-rest')).toHaveTextContent(title);
});

test('chosen leases are revoked with progress to the summary', async () => {
  const { fake, person } = openWindow({}, '/leases');
  await person.click(await screen.findByTestId('select-l-11'));
  await person.click(screen.getByTestId('select-l-17'));
  expect(screen.getByTestId('selection')).toHaveTextContent('2 selected');
  await person.click(screen.getByTestId('revoke-selected'));
  await person.click(await screen.findByTestId('revoke-confirm'));
  await screen.findByTestId('bulk-close');
  expect(screen.getByTestId('bulk-title')).toHaveTextContent('2 revoked');
  expect(callsOf(fake, 'lease_revoke_many')).toMatchObject([{ ids: ['l-11', 'l-17'] }]);
  expect(screen.queryByTestId('selection')).not.toBeInTheDocument();
  await person.click(screen.getByTestId('bulk-close'));
  expect(screen.queryByTestId('bulk')).not.toBeInTheDocument();
});

test('“Revoke all” of the tray asks in the window before anything is done', async () => {
  const { fake } = openWindow();
  await screen.findByTestId('secret-row-s3-upload');
  fake.emit('navigate', { route: '/revoke-all' });
  expect(await screen.findByTestId('question')).toHaveTextContent('Revoke 4 leases?');
  expect(screen.getByRole('heading', { name: 'Leases' })).toBeInTheDocument();
  expect(callsOf(fake, 'lease_revoke_many')).toEqual([]);
});

test('a revoke of many is in sight on other screens as well', async () => {
  const { person } = openWindow({ stepMs: 1_000_000 }, '/leases');
  await person.click(await screen.findByTestId('revoke-all'));
  await person.click(await screen.findByTestId('revoke-confirm'));
  await screen.findByTestId('bulk-stop');
  await person.click(screen.getByTestId('nav-connections'));
  expect(await screen.findByTestId('bulk-elsewhere')).toHaveTextContent('Revoking 4 leases');
});

test('comparing says what needs a person, what was put right and whose users were found', async () => {
  const { fake, person } = openWindow({ scene: 'alarms' }, '/connections');
  await person.click(await screen.findByTestId('compare-all'));
  const report = await screen.findByTestId('reconcile-report');
  expect(within(report).getByRole('group', { name: 'Needs you' })).toHaveTextContent(
    'Another user under the name',
  );
  expect(within(report).getByRole('group', { name: 'Put right' })).toHaveTextContent(
    'A missing guard was put back.',
  );
  const foreign = within(report).getByTestId('orphan-legacy-uploader');
  expect(foreign).toHaveTextContent('never touched');
  expect(within(foreign).queryByRole('button')).not.toBeInTheDocument();
  await person.click(within(report).getByTestId('list-users-statement-copy'));
  await waitFor(() => expect(fake.account.clipboard).toContain('iam:ListUsers'));
  const name = 'lh-s3-upload-Zr81kQvT0p';
  await person.click(within(report).getByTestId(`remove-orphan-${name}`));
  await person.click(await screen.findByTestId('remove-orphan-confirm'));
  await waitFor(() => expect(screen.queryByTestId(`orphan-${name}`)).not.toBeInTheDocument());
  expect(callsOf(fake, 'orphan_remove')).toEqual([{ connection: 'acme-dev', user: name }]);
});

test('a wrong clock is told with the direction it is wrong in, and that leases do not mind', async () => {
  const { person } = openWindow({ scene: 'clock' });
  const banner = (await screen.findByText(/clock is 2 d 3 h ahead of AWS/)).closest('[role=alert]');
  expect(banner).toHaveTextContent('Leases end on AWS’s time');
  await person.click(within(banner as HTMLElement).getByRole('button', { name: 'Dismiss' }));
  expect(screen.queryByText(/ahead of AWS’s\./)).not.toBeInTheDocument();
});

test('the overview leads to the one alarm there is', async () => {
  const { person } = openWindow({ scene: 'trouble' });
  expect(await screen.findByTestId('overview-alarms')).toHaveTextContent(
    'A key was found in public: a lease of s3-upload.',
  );
  await person.click(screen.getByTestId('show-alarm'));
  expect(await screen.findByTestId('lease-found')).toBeInTheDocument();
});
