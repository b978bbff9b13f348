// The palette, the keys, search over environments, notes and broken screens, in the whole window.
import { screen, waitFor, within } from '@testing-library/svelte';
import type { LeaseView } from '../../src/api/types';
import { callsOf, openWindow } from '../desk';

test('the secret used last is under the hand when the palette opens, and its sheet under the next', async () => {
  localStorage.setItem('leasehold.recent', JSON.stringify(['generate:s-ledger-read']));
  const { person } = openWindow();
  await screen.findByTestId('secret-row-s3-upload');
  await person.keyboard('{Control>}k{/Control}');
  const first = await screen.findByTestId('do-generate:s-ledger-read');
  await waitFor(() => expect(first).toHaveAttribute('data-selected'));
  await person.keyboard('{Enter}');
  // The third stroke, which the browser's own form answers, is in the end-to-end tests.
  await waitFor(() => expect(screen.getByTestId('generate-ttl')).toHaveFocus());
});

test('search finds in every environment and says where', async () => {
  const { person } = openWindow();
  await screen.findByTestId('secret-row-s3-upload');
  await person.keyboard('/');
  const field = screen.getByTestId('filter-secrets');
  expect(field).toHaveFocus();
  await person.keyboard('e');
  await waitFor(() => expect(screen.getAllByTestId(/^found-in-/).length).toBeGreaterThan(1));
  expect(screen.getByText(/\d+ found: .* in .*, .* in /)).toBeInTheDocument();
  await person.keyboard('{ArrowDown}');
  expect(document.activeElement).toHaveAttribute('data-cursor');
  await person.keyboard('/{Escape}');
  expect(field).toHaveValue('');
  await waitFor(() => expect(screen.queryByTestId(/^found-in-/)).not.toBeInTheDocument());
});

test('arrows go along the leases, and keys act on the one that is reached', async () => {
  const { person } = openWindow({}, '/leases');
  const rows = await screen.findAllByTestId(/^lease-row-/);
  const cursorOf = (row: HTMLElement | undefined) =>
    row?.querySelector<HTMLElement>('[data-cursor]') ?? null;
  await person.keyboard('{ArrowDown}');
  expect(cursorOf(rows[0])).toHaveFocus();
  await person.keyboard('{End}');
  expect(cursorOf(rows.at(-1))).toHaveFocus();
  await person.keyboard('{Home}{ArrowDown}');
  expect(cursorOf(rows[1])).toHaveFocus();
  await person.keyboard('{Delete}');
  expect(await screen.findByTestId('question')).toHaveTextContent('Revoke');
  await person.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByTestId('question')).not.toBeInTheDocument());
  cursorOf(rows[1])?.focus();
  await person.keyboard('r');
  expect(await screen.findByTestId('renew-submit')).toBeInTheDocument();
});

test('the theme is chosen in the palette and taken back by its message', async () => {
  const { fake, person } = openWindow();
  await screen.findByTestId('secret-row-s3-upload');
  await person.click(screen.getByTestId('open-palette'));
  await person.type(await screen.findByTestId('palette-input'), 'dark');
  await person.keyboard('{Enter}');
  await waitFor(() => expect(document.documentElement.dataset.theme).toBe('dark'));
  await person.click(await screen.findByTestId('toast-action'));
  await waitFor(() => expect(fake.account.settings.theme).not.toBe('dark'));
});

test('what is asked of a screen from the palette is done there, once', async () => {
  const { fake, person } = openWindow();
  await screen.findByTestId('secret-row-s3-upload');
  await person.keyboard('{Control>}k{/Control}');
  await person.type(await screen.findByTestId('palette-input'), 'verify');
  await person.keyboard('{Enter}');
  await waitFor(() => expect(callsOf(fake, 'activity_verify')).toHaveLength(1));
  await person.keyboard('gogc');
  await screen.findByTestId('compare-all');
  expect(callsOf(fake, 'lease_reconcile')).toHaveLength(0);
  expect(callsOf(fake, 'activity_verify')).toHaveLength(1);
});

test('the sheet of keys lists what has one, and Escape closes it', async () => {
  const { person } = openWindow();
  await screen.findByTestId('secret-row-s3-upload');
  await person.keyboard('?');
  const sheet = await screen.findByTestId('keys-sheet');
  for (const name of ['New dynamic secret', 'Go to Activity', 'Undo', 'First and last row']) {
    expect(within(sheet).getByText(name)).toBeInTheDocument();
  }
  await person.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByTestId('keys-sheet')).not.toBeInTheDocument());
});

test('a screen that cannot be drawn says so, and the rest of the window goes on', async () => {
  const { fake, person } = openWindow({}, '/leases');
  await screen.findAllByTestId(/^lease-row-/);
  const broken = { state: 'active', id: 'l-x', user_name: null } as unknown as LeaseView;
  fake.emit('engine', { kind: 'lease_changed', lease: broken });
  expect(await screen.findByTestId('broken')).toHaveTextContent('This screen could not be shown');
  await person.click(screen.getByTestId('broken-copy'));
  expect(fake.account.clipboard).toContain('at #/leases');
  await person.click(screen.getByTestId('nav-settings'));
  expect(await screen.findByTestId('theme-dark')).toBeInTheDocument();
});

test('a pinned secret stands first, keeps the focus, and the pin is taken off again', async () => {
  const { fake, person } = openWindow();
  const order = () =>
    screen.getAllByTestId(/^secret-row-/).map((row) => row.dataset['testid']?.slice(11));
  await screen.findByTestId('secret-row-s3-upload');
  const before = order();
  const last = before.at(-1) ?? '';
  within(screen.getByTestId(`secret-row-${last}`))
    .getByRole('button', { name: last })
    .focus();
  await person.keyboard('p');
  await waitFor(() => expect(order()).toEqual([last, ...before.slice(0, -1)]));
  expect(callsOf(fake, 'secret_pin')).toMatchObject([{ pinned: true }]);
  await waitFor(() => expect(screen.getByTestId(`pin-${last}`)).toHaveFocus());
  await person.keyboard('{Control>}k{/Control}');
  const [first] = await screen.findAllByTestId(/^do-/);
  expect(first).toHaveTextContent(`Generate from ${last}`);
  await person.keyboard('{Escape}');
  await person.click(await screen.findByTestId('toast-action'));
  await waitFor(() => expect(order()).toEqual(before));
});

test('a message beside a sheet is reached by keyboard, answered, and left again', async () => {
  const { person } = openWindow({}, '/leases/l-14');
  const sheet = await screen.findByTestId('lease-sheet');
  await waitFor(() => expect(sheet).toContainElement(document.activeElement as HTMLElement));
  await person.keyboard('{F6}');
  expect(sheet).toContainElement(document.activeElement as HTMLElement);
  window.dispatchEvent(new ErrorEvent('error', { error: new Error('out of order') }));
  const toast = await screen.findByTestId('toast');
  await person.keyboard('{F6}');
  expect(toast).toContainElement(document.activeElement as HTMLElement);
  await person.keyboard('{F6}');
  expect(sheet).toContainElement(document.activeElement as HTMLElement);
  await person.keyboard('{F6}{Escape}');
  await waitFor(() => expect(screen.queryByTestId('toast')).not.toBeInTheDocument());
  expect(sheet).toBeInTheDocument();
  expect(sheet).toContainElement(document.activeElement as HTMLElement);
});
