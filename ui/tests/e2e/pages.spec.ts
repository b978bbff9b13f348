// The activity log, pre-flights, the lint and the break-glass kit by keyboard alone; and that reading is not disturbed.
import { expect, test, type Page } from '@playwright/test';
import { press, tabTo } from './keys';

const clipboard = (page: Page) =>
  page.evaluate(
    () =>
      (window as unknown as { leaseholdFake: { account: { clipboard: string | null } } })
        .leaseholdFake.account.clipboard,
  );

test('the log is searched, read, checked and exported without a pointer', async ({ page }) => {
  await page.goto('/?scene=trouble&delay=0#/');
  await press(page, 'nav-activity');
  await tabTo(page, 'activity-search');
  await page.keyboard.type('DeleteConflict');
  await expect(page).toHaveURL(/search=DeleteConflict/);
  const line = page.locator('[data-seq]').first();
  await expect(line.locator('.row')).toHaveAccessibleName(/not done yet Failed/);

  // One press from the last filter to the lines, arrows among them.
  await tabTo(page, 'activity-clear');
  await page.keyboard.press('Tab');
  await expect(line.locator('.row')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(page.locator('[data-seq] > .row').nth(1)).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(line.locator('.row')).toHaveAttribute('aria-expanded', 'true');
  const seq = await line.getAttribute('data-seq');
  await press(page, `copy-request-${seq}-0`);
  await expect.poll(() => clipboard(page)).toMatch(/^[\da-f]{8}-/);

  await page.keyboard.press('Shift+Tab');
  await press(page, 'activity-verify');
  await press(page, 'copy-head');
  await expect.poll(() => clipboard(page)).toMatch(/^[\da-f]{64}$/);

  await tabTo(page, 'activity-export', 60);
  await page.keyboard.press('Enter');
  await page.getByRole('menu').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('activity-export-path')).toContainText('/home/ada/Downloads/');
});

test('what is read stays in its place while older and newer lines come and go', async ({
  page,
}) => {
  await page.goto('/?scene=many&delay=0#/activity');
  test.slow();
  const lines = page.locator('[data-seq]');
  await expect(lines).toHaveCount(100);
  const older = page.getByTestId('activity-older');
  const newer = page.getByTestId('activity-newer');
  const onScreen = () =>
    lines.evaluateAll((all) => {
      const seen = all.find((line) => line.getBoundingClientRect().top > 120);
      return { seq: seen?.getAttribute('data-seq'), top: seen?.getBoundingClientRect().top };
    });
  const whereIs = (seq: string | null | undefined) =>
    page.locator(`[data-seq="${seq}"]`).evaluate((line) => line.getBoundingClientRect().top);

  for (let more = 0; more < 4; more += 1) {
    await older.scrollIntoViewIfNeeded();
    const read = await onScreen();
    await older.click();
    await expect(older).not.toHaveAttribute('aria-busy');
    expect(Math.abs((await whereIs(read.seq)) - (read.top ?? 0))).toBeLessThan(2);
  }
  await expect(lines).toHaveCount(400);
  while ((await newer.count()) > 0) {
    await newer.scrollIntoViewIfNeeded();
    const read = await onScreen();
    await newer.click();
    await expect(lines).toHaveCount(400);
    await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
    expect(Math.abs((await whereIs(read.seq)) - (read.top ?? 0))).toBeLessThan(2);
  }
});

test('new lines wait above until they are asked for', async ({ page }) => {
  await page.goto('/?scene=many&delay=0#/activity');
  const first = page.locator('[data-seq]').first();
  await first.waitFor();
  const before = await first.getAttribute('data-seq');
  const top = await first.evaluate((line) => line.getBoundingClientRect().top);
  await page.evaluate(() => {
    const { log } = (
      window as unknown as {
        leaseholdFake: { account: { log: { add: (kind: string, text: string) => void } } };
      }
    ).leaseholdFake.account;
    for (let index = 0; index < 12; index += 1) log.add('secret.edited', 'Edited.');
  });
  await expect(page.getByTestId('activity-fresh')).toHaveText(/12 new/);
  expect(await first.getAttribute('data-seq')).toBe(before);
  expect(await first.evaluate((line) => line.getBoundingClientRect().top)).toBeCloseTo(top, 0);
  await press(page, 'activity-fresh');
  await expect(page.getByTestId('activity-fresh')).toBeHidden();
  await expect(first).toContainText('Edited.');
  await expect(first.locator('.row')).toBeFocused();
});

test('a secret is checked and a canary flown without a pointer', async ({ page }) => {
  await page.goto('/?scene=full&delay=0&step=20#/secrets/s-deploy-lambda');
  await page.getByRole('tab', { name: /Leases/ }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'Pre-flight' })).toBeFocused();
  await press(page, 'preflight-check');
  await expect(page.getByTestId('verdict-revoke')).toContainText('revoke allowed');
  await tabTo(page, 'preflight-canary', 60);
  await page.keyboard.press('Enter');
  await press(page, 'canary-confirm');
  await expect(page.getByTestId('canary-passed')).toBeVisible();
  await tabTo(page, 'preflight-actions', 60);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('table', { name: 'Actions' })).toBeVisible();
});

test('issuing what could not be revoked takes a deliberate switch', async ({ page }) => {
  await page.goto('/?scene=denied&delay=0&step=1#/secrets/s-deploy-lambda/generate');
  await expect(page.getByTestId('generate-ttl')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('generate-submit')).toBeDisabled();
  await tabTo(page, 'generate-despite-switch');
  await page.keyboard.press('Space');
  const key = page.waitForEvent('popup');
  await press(page, 'generate-submit');
  await expect((await key).getByTestId('credentials-window')).toBeVisible();
});

test('the kit is written and the focus returns to where it came from', async ({ page }) => {
  await page.setViewportSize({ width: 720, height: 480 });
  await page.goto('/?scene=full&delay=0#/settings');
  await press(page, 'settings-break-glass');
  await expect(page.getByTestId('break-glass-write')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('break-glass-files')).toBeInViewport({ ratio: 0.9 });
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('settings-break-glass')).toBeFocused();
});
