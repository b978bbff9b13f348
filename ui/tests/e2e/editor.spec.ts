// The JSON editor of the form in a real browser: typing, undo, leaving it, marks at their places, and under a frozen Object.
import { expect, test, type Page } from '@playwright/test';
import { tabTo } from './keys';

const open = async (page: Page) => {
  // The window freezes it, too; libraries that write to what they inherit would break there.
  await page.addInitScript(() => Object.freeze(Object.prototype));
  await page.goto('/?scene=full&delay=0#/new');
  await page.getByTestId('provider-aws-iam').click();
  const box = page.getByRole('textbox', { name: 'Inline policy', exact: true });
  await expect(box).toHaveClass(/cm-content/);
  return box;
};

const RISKY =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:CreateUser","Resource":"arn:aws:iam::1:user/x"}]}';

test('a policy is typed, formatted, taken back and left by keyboard', async ({ page }) => {
  const said: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(error.message));
  const box = await open(page);
  await page.getByText('Inline policy', { exact: true }).click();
  await expect(box).toBeFocused();
  await page.keyboard.type('{"Version":"2012-10-17","Statement":[]}');
  await page.keyboard.press('Shift+Alt+F');
  await expect(page.locator('.cm-line')).toHaveCount(4);
  await page.keyboard.press('Control+z');
  await expect(page.locator('.cm-line')).toHaveCount(1);
  await page.keyboard.press('Control+f');
  await expect(page.locator('.cm-search [name=search]')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(box).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByTestId('add-document')).toBeFocused();
  await expect(page.getByTestId('budget')).toContainText('documents 39');
  expect(said).toEqual([]);
});

test('a mark leads to its place in the document', async ({ page }) => {
  const box = await open(page);
  await box.fill(`${'\n'.repeat(40)}${RISKY}`);
  await expect(page.locator('.cm-lintRange-error, .cm-lintRange-warning')).not.toHaveCount(0);
  await tabTo(page, 'mark-outlives_lease');
  await page.locator('.cm-scroller').evaluate((scroller) => scroller.scrollTo(0, 0));
  await page.keyboard.press('Enter');
  await expect(box).toBeFocused();
  expect(await page.evaluate(() => getSelection()?.toString())).toBe('"iam:CreateUser"');
  const line = page.locator('.cm-line', { hasText: 'iam:CreateUser' });
  await expect(line).toBeInViewport();
  expect(await page.locator('.cm-scroller').evaluate(({ scrollTop }) => scrollTop)).toBeGreaterThan(
    100,
  );
});

test('what is typed before the editor is there is kept, and so is the caret', async ({ page }) => {
  let release: (() => void) | undefined;
  const held = new Promise<void>((done) => (release = done));
  await page.route(/codemirror/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/?scene=full&delay=0#/new');
  await page.getByTestId('provider-aws-iam').click();
  const box = page.getByTestId('field-policy_documents');
  await box.fill('{ "Version": 1 }');
  await box.press('ArrowLeft');
  release?.();
  await expect(box).toHaveClass(/cm-content/);
  await expect(box).toBeFocused();
  await page.keyboard.type('x');
  await expect(box).toHaveText('{ "Version": 1 x}');
});
