// The main job by keyboard alone, from a bare machine to a revoked lease. What has the focus is always in sight.
import { expect, test, type Page } from '@playwright/test';
import { press, tabTo } from './keys';

/** What is done closes the window, which is gone before the key is up again. */
async function closes(window: Page, doing: () => Promise<void>) {
  const closed = window.waitForEvent('close');
  await doing().catch(() => undefined);
  await closed;
}

test('first run, generate, reveal, renew and revoke without a pointer', async ({ page }) => {
  await page.goto('/?scene=first&delay=0&step=20#/');
  await press(page, 'firstrun-practice');
  await page.getByTestId('field-name').waitFor();
  await tabTo(page, 'field-name');
  await page.keyboard.press('Enter');

  // The new row has the focus already.
  await expect(page.getByTestId('generate-try-me')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('generate-ttl')).toBeFocused();
  const opened = page.waitForEvent('popup');
  await page.keyboard.press('Enter');

  // The key has a window of its own, with the focus on what is wanted first.
  const key = await opened;
  await key.getByTestId('usable').waitFor();
  await expect(key.getByTestId('copy-bash')).toBeFocused();
  await press(key, 'reveal-secret');
  await expect(key.getByTestId('credential-secret')).toHaveText(/^\w{40}$/);
  await closes(key, () => key.keyboard.press('Escape'));
  expect(await page.content()).not.toContain('credential-secret');

  await press(page, 'nav-leases');
  const row = page.getByTestId(/^lease-row-lh-try-me/);
  const id = (await row.getByTestId(/^renew-/).getAttribute('data-testid'))?.slice(6) ?? '';
  await press(page, `renew-${id}`);
  await expect(page.getByTestId('renew-ttl')).toBeFocused();
  await page.getByTestId('renew-preview').getByText('instead of').waitFor();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('toast').last()).toContainText('Renewed');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('lease-sheet')).toBeHidden();
  // The focus returns to where it came from.
  await expect(page.getByTestId(`renew-${id}`)).toBeFocused();

  await press(page, `revoke-${id}`);
  await press(page, 'revoke-confirm');
  await expect(row).toContainText('Revoked');
  await press(page, 'hide-rested');
  await expect(row).toHaveCount(0);
});

test('menus open, move and close by keyboard, and give the focus back', async ({ page }) => {
  await page.goto('/?scene=full&delay=0#/');
  await page.getByTestId('secret-row-s3-upload').waitFor();
  await tabTo(page, 'menu-s3-upload');
  await page.keyboard.press('Enter');
  await page.getByRole('menu').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toBeHidden();
  await expect(page.getByTestId('menu-s3-upload')).toBeFocused();
});

test('Generate shows itself on hover and on focus, and is not in the way otherwise', async ({
  page,
}) => {
  await page.goto('/?scene=full&delay=0#/');
  const generate = page.getByTestId('generate-s3-upload');
  await generate.waitFor({ state: 'attached' });
  await expect(generate).toHaveCSS('opacity', '0');
  await page.getByTestId('secret-row-s3-upload').hover();
  await expect(generate).toHaveCSS('opacity', '1');
  await page.mouse.move(0, 0);
  await expect(generate).toHaveCSS('opacity', '0');
  await generate.focus();
  await expect(generate).toHaveCSS('opacity', '1');
});

test('the window of a key asks before the key is lost, and keeps nothing once it is closed', async ({
  page,
}) => {
  await page.goto('/?scene=full&delay=0&step=1#/secrets/s-s3-upload/generate');
  const opened = page.waitForEvent('popup');
  await page.getByTestId('generate-submit').click();
  const key = await opened;
  await key.getByTestId('usable').waitFor();
  await key.keyboard.press('Escape');
  await expect(key.getByTestId('close-credentials-back')).toBeFocused();
  // Pressed twice by a quick hand it is no answer, but the way back.
  await key.keyboard.press('Escape');
  await expect(key.getByTestId('copy-bash')).toBeFocused();
  await key.getByTestId('close-credentials').click();
  await closes(key, () => key.getByTestId('close-credentials-anyway').click());
  // The main window brings up the one that is open, and says so when there is none any more.
  await page.getByTestId('toast').getByRole('button', { name: 'Show it' }).click();
  await expect(page.getByTestId('toast').last()).toContainText('not kept');
});

test('a kept key is shown again from its lease, in the format that was chosen last', async ({
  page,
}) => {
  await page.goto('/?scene=full&delay=0&step=1#/secrets/s-s3-upload/generate');
  const opened = page.waitForEvent('popup');
  await page.getByTestId('generate-submit').click();
  const key = await opened;
  await tabTo(key, 'keep-credentials');
  await key.keyboard.press('Space');
  await key.getByTestId('format-json').check({ force: true });
  await expect(key.getByTestId('copy-json')).toBeVisible();
  await closes(key, () => key.keyboard.press('Escape'));
  await page.evaluate(() => {
    const { leaseholdFake: fake } = window as unknown as {
      leaseholdFake: { account: { scene: { leases: { id: string }[] } } };
    };
    location.hash = `#/leases/${fake.account.scene.leases[0]?.id}`;
  });
  const again = page.waitForEvent('popup');
  await press(page, 'sheet-show-key');
  await expect((await again).getByTestId('copy-json')).toBeVisible();
});

test('a question that is busy does not go away by Escape', async ({ page }) => {
  await page.goto('/?scene=full&delay=0&hang=lease_revoke#/leases');
  await page.getByTestId('revoke-l-14').click();
  await page.getByTestId('revoke-confirm').click();
  await expect(page.getByTestId('revoke-confirm')).toHaveAttribute('aria-busy', 'true');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('question')).toBeVisible();
});

test('leases are chosen with arrows and revoked together without a pointer', async ({ page }) => {
  await page.goto('/?scene=full&delay=0&step=2500#/leases');
  await page.getByTestId('select-l-11').waitFor();
  await tabTo(page, 'select-l-11');
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(page.getByTestId('select-l-17')).toBeChecked();
  await expect(page.getByTestId('selection')).toContainText('3 selected');
  await press(page, 'revoke-selected');
  await press(page, 'revoke-confirm');
  // The focus is at the panel, whose way to stop comes next.
  await expect(page.getByTestId('bulk')).toBeFocused();
  await press(page, 'bulk-stop');
  await expect(page.getByTestId('bulk-title')).toContainText('left as');
  await press(page, 'bulk-close');
  await expect(page.getByTestId('bulk')).toBeHidden();
});

test('an orphan is found and removed without a pointer', async ({ page }) => {
  await page.goto('/?scene=alarms&delay=0&step=20#/connections');
  await press(page, 'compare-all');
  const orphan = 'orphan-lh-s3-upload-Zr81kQvT0p';
  await page.getByTestId(orphan).waitFor();
  await press(page, 'remove-orphan-lh-s3-upload-Zr81kQvT0p');
  await press(page, 'remove-orphan-confirm');
  await expect(page.getByTestId(orphan)).toBeHidden();
  await expect(page.getByTestId('toast')).toContainText('AWS confirmed');
});

test('forgetting is only possible with the user name typed', async ({ page }) => {
  await page.goto('/?scene=trouble&delay=0#/leases/l-41');
  await press(page, 'sheet-forget');
  await expect(page.getByTestId('forget-confirm')).toBeDisabled();
  await tabTo(page, 'question-typed');
  const row = page.getByTestId(/^lease-row-lh-deploy-lambda/);
  const name = ((await row.getAttribute('data-testid')) ?? '').slice('lease-row-'.length);
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('question')).toBeHidden();
  await expect(page.getByTestId('lease-rest')).toContainText('Given up by a person');
});
