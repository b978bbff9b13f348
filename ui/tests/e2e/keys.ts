// How a person without a pointer gets to a control.
import { expect, type Page } from '@playwright/test';

/** Presses Tab until the control has the focus; a person would give up before the limit. */
export async function tabTo(page: Page, testid: string, limit = 40): Promise<void> {
  for (let presses = 0; presses <= limit; presses += 1) {
    const here = await page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
    if (here === testid) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${testid} is not reached with ${limit} presses of Tab`);
}

/** Goes there and presses Enter, on something that is in sight. */
export async function press(page: Page, testid: string): Promise<void> {
  await page.getByTestId(testid).waitFor();
  await tabTo(page, testid);
  await expect(page.getByTestId(testid)).toBeInViewport();
  await page.keyboard.press('Enter');
}
