// Access by keyboard alone: from nobody to an open gateway, and an answer to somebody who waits.
import { expect, test } from '@playwright/test';
import { press, tabTo } from './keys';

test('a method, a role, a rule, an association and an open gateway without a pointer', async ({
  page,
}) => {
  await page.goto('/?scene=empty&delay=0#/');
  await press(page, 'nav-access');
  await press(page, 'add-method');
  await tabTo(page, 'field-name');
  await page.keyboard.type('/ci/boxes');
  await tabTo(page, 'field-bound_aws_account_id');
  await page.keyboard.type('123456789012 ');
  await tabTo(page, 'field-bound_arn');
  await page.keyboard.type('arn:aws:sts::123456789012:assumed-role/dev-*/*');
  await page.keyboard.press('Enter');
  await page.getByTestId('method-summary').getByText('assumed-role/dev-*/*').waitFor();
  // Enter in a list makes an entry; the button at the top sends the form.
  await tabTo(page, 'submit-method', 90);
  await page.keyboard.press('Enter');

  await press(page, 'method-new-role');
  await expect(page.getByTestId('field-role-name')).toBeFocused();
  await page.keyboard.type('deploy');
  await page.keyboard.press('Enter');

  await tabTo(page, 'field-rule-path');
  await page.keyboard.type('/development/*');
  await tabTo(page, 'capability-update');
  await page.keyboard.press('Space');
  await press(page, 'rule-submit');
  await expect(page.getByTestId('rule-/development/*')).toContainText('update');
  await tabTo(page, 'associate-method');
  await page.keyboard.press('ArrowDown');
  await press(page, 'associate-submit');
  await expect(page.getByTestId(/^dissociate-p-/)).toBeVisible();

  // Two letters lead there from anywhere but a field.
  await page.getByRole('heading', { level: 1 }).focus();
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await page.getByRole('tab', { name: /Auth methods/ }).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'Gateway' })).toBeFocused();
  await tabTo(page, 'gateway-switch');
  await page.keyboard.press('Space');
  await expect(page.getByTestId('gateway-state')).toContainText('Listening');
  await press(page, 'help-configure-copy');
});

test('somebody who waits is answered from beside an open sheet', async ({ page }) => {
  await page.goto('/?scene=waiting&delay=0#/leases/l-17');
  await page.getByTestId('lease-sheet').waitFor();
  await page.getByTestId('prompt').waitFor();
  await page.keyboard.press('F6');
  await expect(page.getByTestId('prompt-allow-once-5c1d77aa02ef')).toBeFocused();
  await page.keyboard.press('Enter');
  // The focus goes on to the next one, and back once nobody is left.
  await expect(page.getByTestId('prompt-allow-once-e4b9d2c61a07')).toBeFocused();
  await expect(page.getByTestId('lease-sheet')).toBeVisible();
  await tabTo(page, 'prompt-later');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('prompt')).toBeHidden();
  const inSheet = '[data-testid=lease-sheet]:focus, [data-testid=lease-sheet] :focus';
  await expect(page.locator(inSheet)).toHaveCount(1);
});
