// The activity log, pre-flights, the lint and the break-glass kit, as a person meets them in the window.
import { screen, waitFor, within } from '@testing-library/svelte';
import { callsOf, denied, openWindow } from '../desk';

const RISKY =
  '{"Version":"2012-10-17",\n"Statement":[{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::1:user/x"}]}';

test('a line opens to its calls with request ids to copy, and leads to its lease', async () => {
  const { fake, person } = openWindow({}, '/activity?lease=l-20');
  const [row] = await screen.findAllByRole('button', { name: /AWS confirmed.*is gone/ });
  if (!row) throw new Error('the lease has ended');
  expect(row).toHaveAttribute('aria-expanded', 'false');
  expect(row).toHaveAccessibleName(/\d\d:\d\d:\d\d.*Lease ended.*Done.*deploy-lambda · acme-dev/);
  await person.click(row);
  const table = screen.getByRole('table', { name: /Calls to AWS/ });
  expect(table).toHaveTextContent('iam:DeleteUser');
  await person.click(
    within(table).getByRole('button', { name: 'Copy the request id of iam:DeleteUser' }),
  );
  await waitFor(() => expect(fake.account.clipboard).toMatch(/^[\da-f]{8}-[\da-f]{4}-/));
  await person.click(screen.getByRole('button', { name: 'l-20' }));
  expect(await screen.findByTestId('lease-sheet')).toBeInTheDocument();
});

test('arrows move between lines and only one of them is a tab stop', async () => {
  const { person } = openWindow({}, '/activity');
  await screen.findAllByText(/was asked for/);
  const rows = [...document.querySelectorAll<HTMLElement>('.row[aria-expanded]')];
  const stops = () => rows.filter((row) => row.tabIndex === 0);
  expect(stops()).toEqual([rows[0]]);
  rows[0]?.focus();
  await person.keyboard('{ArrowDown}{ArrowDown}');
  expect(rows[2]).toHaveFocus();
  await waitFor(() => expect(stops()).toEqual([rows[2]]));
  await person.keyboard('{End}');
  expect(rows.at(-1)).toHaveFocus();
  await person.keyboard('{Home}{Enter}');
  expect(rows[0]).toHaveAttribute('aria-expanded', 'true');
});

test('outcomes are chosen by name, and a filter without hits can be cleared', async () => {
  const { person } = openWindow({}, '/activity');
  await person.click(await screen.findByRole('button', { name: 'Alarm' }));
  expect(await screen.findByText('No line matches')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Alarm' })).toHaveAttribute('aria-pressed', 'true');
  await person.click(screen.getByTestId('activity-clear-empty'));
  expect((await screen.findAllByText(/was asked for/)).length).toBeGreaterThan(0);
});

test('a whole chain is said with its newest hash, to be kept elsewhere', async () => {
  const { fake, person } = openWindow({}, '/activity');
  await person.click(await screen.findByTestId('activity-verify'));
  const said = await screen.findByTestId('activity-whole');
  expect(said).toHaveTextContent(/\d+ lines, the chain is whole/);
  await person.click(screen.getByTestId('copy-head'));
  await waitFor(() =>
    expect(fake.account.clipboard).toBe(screen.getByTestId('activity-head').textContent),
  );
});

test.each(['tampered', 'removed'] as const)(
  'in a log that was %s the line is named, and marked in the list',
  async (scene) => {
    const { fake, person } = openWindow({ scene }, '/activity?secret=try-me');
    const seq = fake.account.log.verify().fault?.seq;
    await person.click(await screen.findByTestId('activity-verify'));
    const fault = await screen.findByTestId('activity-fault');
    expect(fault).toHaveTextContent(`Line ${seq} is not as it was written`);
    await person.click(screen.getByTestId('activity-show-fault'));
    if (scene === 'removed') {
      expect(await screen.findByTestId('activity-gap')).toHaveTextContent(`Line ${seq} is missing`);
    } else {
      expect(await screen.findByTestId(`line-${seq}`)).toHaveTextContent('Not as it was written');
    }
    await person.click(screen.getByTestId('activity-fresh'));
    await waitFor(() => expect(screen.queryByTestId('activity-fresh')).not.toBeInTheDocument());
  },
);

test('an export says where it was written', async () => {
  const { person } = openWindow({}, '/activity');
  await person.click(await screen.findByTestId('activity-export'));
  await person.click(await screen.findByTestId('export-jsonl'));
  expect(await screen.findByTestId('activity-export-path')).toHaveTextContent(
    /^\/home\/ada\/Downloads\/.*\.jsonl$/,
  );
});

test('when the log cannot be read, the screen says so and tries again', async () => {
  const { fake, person } = openWindow({ delayMs: 1 }, '/activity');
  fake.faults.set('activity_list', denied);
  const alert = await screen.findByRole('alert');
  expect(alert).toHaveTextContent('The activity could not be loaded');
  fake.faults.delete('activity_list');
  await person.click(within(alert).getByRole('button', { name: /Try again/ }));
  expect((await screen.findAllByText(/was asked for/)).length).toBeGreaterThan(0);
});

test('a secret’s page has its activity, and leads to all that can be done with it', async () => {
  const { fake, person } = openWindow({}, '/secrets/s-s3-upload/activity');
  const panel = await screen.findByRole('tabpanel');
  expect((await within(panel).findAllByText(/was asked for/)).length).toBeGreaterThan(0);
  expect(callsOf(fake, 'activity_list')).toMatchObject([{ query: { secret_id: 's-s3-upload' } }]);
  const [line] = within(panel).getAllByRole('button', { expanded: false });
  line?.focus();
  await person.keyboard('{ArrowDown}{Enter}');
  expect(within(panel).getAllByRole('button', { expanded: true })).toHaveLength(1);
  await person.click(await screen.findByTestId('secret-activity'));
  expect(await screen.findByTestId('activity-secret')).toHaveValue('s-s3-upload');
});

test('activity of two secrets of one name does not mix, and they are told apart in the filter', async () => {
  const { fake, person } = openWindow({}, '/secrets/s-s3-upload/activity');
  const [first] = fake.account.scene.secrets;
  if (!first) throw new Error('the scene has secrets');
  fake.account.scene.secrets.push({
    ...first,
    id: 's-namesake',
    draft: { ...first.draft, environment: 'production' },
  });
  fake.account.changed();
  const panel = await screen.findByRole('tabpanel');
  expect((await within(panel).findAllByText(/was asked for/)).length).toBeGreaterThan(0);
  history.replaceState(null, '', '#/secrets/s-namesake/activity');
  window.dispatchEvent(new Event('hashchange'));
  expect(await screen.findByText('Nothing has happened yet')).toBeInTheDocument();
  history.replaceState(null, '', '#/activity?secret=s-namesake');
  window.dispatchEvent(new Event('hashchange'));
  const chosen = await screen.findByTestId('activity-secret');
  expect(within(chosen).getByRole('option', { selected: true })).toHaveTextContent(
    's3-upload (production',
  );
  await person.selectOptions(chosen, 's-s3-upload');
  expect((await screen.findAllByText(/was asked for/)).length).toBeGreaterThan(0);
});

test('activity that cannot be loaded says so on the secret’s page, and is tried again', async () => {
  const { fake, person } = openWindow({}, '/secrets/s-s3-upload');
  fake.faults.set('activity_list', denied);
  await person.click(await screen.findByRole('tab', { name: 'Activity' }));
  const alert = await screen.findByRole('alert');
  expect(alert).toHaveTextContent('The activity could not be loaded');
  fake.faults.delete('activity_list');
  await person.click(within(alert).getByRole('button', { name: /Try again/ }));
  expect((await screen.findAllByText(/was asked for/)).length).toBeGreaterThan(0);
});

test('leases of one secret are chosen and revoked together', async () => {
  const { fake, person } = openWindow({}, '/secrets/s-s3-upload');
  await person.click(await screen.findByTestId('select-all'));
  await person.click(screen.getByTestId('revoke-selected'));
  await person.click(await screen.findByTestId('revoke-confirm'));
  await waitFor(() => expect(callsOf(fake, 'lease_revoke_many')).toHaveLength(1));
  expect(callsOf(fake, 'lease_revoke_many')).toMatchObject([{ ids: ['l-14', 'l-11'] }]);
});

test('a folded folder stays folded, says what is in it, and opens for a search', async () => {
  const first = openWindow();
  await first.person.click(await screen.findByTestId('fold-/payments'));
  expect(screen.queryByTestId('secret-row-s3-upload')).not.toBeInTheDocument();
  expect(screen.getByTestId('fold-/payments')).toHaveTextContent('2 secrets, 3 active');
  first.unmount();
  const { person } = openWindow();
  expect(await screen.findByTestId('fold-/payments')).toHaveAttribute('aria-expanded', 'false');
  await person.type(screen.getByTestId('filter-secrets'), 'upload');
  expect(await screen.findByTestId('secret-row-s3-upload')).toBeInTheDocument();
});

test('a lease’s sheet leads to its activity, and the leases to the break-glass kit', async () => {
  const { person } = openWindow({}, '/leases/l-14');
  await person.click(await screen.findByTestId('lease-activity'));
  await waitFor(() => expect(location.hash).toBe('#/activity?lease=l-14'));
  expect(screen.queryByTestId('lease-sheet')).not.toBeInTheDocument();
  await person.click(screen.getByTestId('nav-leases'));
  await person.click(await screen.findByTestId('leases-menu'));
  await person.click(await screen.findByTestId('leases-break-glass'));
  expect(await screen.findByTestId('break-glass-sheet')).toBeInTheDocument();
});

test('a denied revoke is said on the overview, on the page and before generating', async () => {
  const { fake, person } = openWindow({ scene: 'denied' });
  const row = await screen.findByTestId('secret-row-deploy-lambda');
  expect(row).toHaveTextContent('Revoke denied');
  expect(screen.getByTestId('secret-row-try-me')).not.toHaveTextContent('Revoke denied');
  await person.click(within(row).getByRole('button', { name: 'deploy-lambda' }));
  expect(await screen.findByTestId('secret-not-revocable')).toHaveTextContent(
    'AWS denies iam:DeleteUser',
  );
  await person.click(screen.getByTestId('generate-deploy-lambda'));
  expect(await screen.findByTestId('generate-despite')).toHaveTextContent('could not be revoked');
  expect(screen.getByTestId('generate-submit')).toBeDisabled();
  await person.click(
    screen.getByRole('switch', { name: 'Issue although it could not be revoked' }),
  );
  await person.click(screen.getByTestId('generate-submit'));
  await waitFor(() =>
    expect(callsOf(fake, 'lease_create')).toMatchObject([{ input: { despite_preflight: true } }]),
  );
});

test('a check names what is denied and the statement that is missing', async () => {
  const { fake, person } = openWindow({}, '/secrets/s-deploy-lambda/preflight');
  fake.account.scene.denied = ['iam:DeleteUser'];
  expect(await screen.findByText('Never checked')).toBeInTheDocument();
  await person.click(screen.getByTestId('preflight-check'));
  expect(await screen.findByTestId('verdict-revoke')).toHaveTextContent(
    /revoke denied.*iam:DeleteUser/,
  );
  const table = screen.getByRole('table', { name: 'Actions' });
  expect(within(table).getAllByRole('row')[1]).toHaveTextContent('Denied iam:DeleteUser');
  await person.click(screen.getByTestId('preflight-copy-missing'));
  await waitFor(() => expect(fake.account.clipboard).toContain('LeaseholdMissing'));
});

test('an answer of before an edit says that it may not hold', async () => {
  openWindow({}, '/secrets/s-ledger-read/preflight');
  expect(await screen.findByTestId('preflight-outdated')).toHaveTextContent('edited since');
});

test('a failed canary shows what failed and leads to what it left', async () => {
  const { person } = openWindow({ scene: 'denied' }, '/secrets/s-deploy-lambda/preflight');
  expect(await screen.findByTestId('canary-revoke')).toHaveTextContent(
    /revoke failed.*AWS denied iam:DeleteUser/,
  );
  await person.click(screen.getByTestId('canary-lease'));
  expect(await screen.findByTestId('lease-sheet')).toBeInTheDocument();
});

test('a mark of the lint leads to its place, and dangers are said before sending', async () => {
  const { fake, person } = openWindow({}, '/new');
  await person.click(await screen.findByTestId('provider-aws-iam'));
  await person.type(await screen.findByTestId('field-name'), 'key-maker');
  const box = screen.getByTestId<HTMLTextAreaElement>('field-policy_documents');
  await person.click(box);
  await person.paste(RISKY);
  const mark = await screen.findByTestId('mark-outlives_lease');
  expect(mark).toHaveAccessibleName(/Danger, go there: A leased user could outlive its lease/);
  const submit = screen.getByTestId('submit-secret');
  expect(submit).toHaveAccessibleDescription(/iam:CreateAccessKey/);
  await person.click(mark);
  expect(box).toHaveFocus();
  expect(box.value.slice(box.selectionStart, box.selectionEnd)).toBe('"iam:CreateAccessKey"');
  box.setSelectionRange(0, 0);
  await person.click(screen.getByTestId('form-danger-count'));
  expect(box.selectionStart).toBeGreaterThan(0);
  await person.click(submit);
  await waitFor(() => expect(callsOf(fake, 'secret_add')).toHaveLength(1));
});

test('the break-glass kit is written where it is kept, and says what to do with it', async () => {
  const { fake, person } = openWindow({}, '/settings');
  await person.type(await screen.findByTestId('field-break_glass_folder'), '/home/ada/kit');
  await person.click(screen.getByTestId('break-glass-keep'));
  expect(await screen.findByTestId('break-glass-kept')).toHaveTextContent('/home/ada/kit');
  await person.click(screen.getByTestId('settings-break-glass'));
  await person.click(await screen.findByTestId('break-glass-write'));
  const files = await screen.findByTestId('break-glass-files');
  expect(files).toHaveTextContent('Written, for 4 open leases');
  expect(files).toHaveTextContent('/home/ada/kit/leasehold-break-glass.sh');
  expect(callsOf(fake, 'break_glass_write')).toEqual([{ folder: '/home/ada/kit' }]);
  await person.click(screen.getByTestId('copy-script'));
  await waitFor(() => expect(fake.account.clipboard).toMatch(/\.sh$/));
});

test('a folder that is refused says why at the field, and what was typed stays', async () => {
  const { fake, person } = openWindow({}, '/settings');
  const field = await screen.findByTestId('field-break_glass_folder');
  await person.type(field, '/missing');
  await person.click(screen.getByTestId('break-glass-keep'));
  await waitFor(() => expect(field).toBeInvalid());
  expect(field).toHaveAccessibleDescription(/There is no folder \/missing.*Make it first/);
  expect(field).toHaveValue('/missing');
  expect(fake.account.settings.break_glass_folder).toBe('');
});

test('keeping the kit up to date can be stopped', async () => {
  const { fake, person } = openWindow({}, '/settings');
  fake.account.settings.break_glass_folder = '/home/ada/kit';
  fake.emit('engine', { kind: 'settings_changed' });
  await person.click(await screen.findByTestId('break-glass-stop'));
  await waitFor(() => expect(fake.account.settings.break_glass_folder).toBe(''));
  expect(screen.queryByTestId('break-glass-kept')).not.toBeInTheDocument();
});
