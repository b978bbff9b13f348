// What is seen when the usual is not: a window whose script never comes, and colours that the system forces.
import { expect, test } from '@playwright/test';
import { prepare, show } from './screens';

const PICTURES = 'test-results/screens';

test('a page whose script does not come says so instead of staying white', async ({ page }) => {
  await page.route('**/assets/*.js', (route) => route.abort());
  await page.goto('/');
  await expect(page.getByRole('alert')).toContainText('could not be drawn');
  await page.screenshot({ path: `${PICTURES}/not-drawn-light.png` });
});

test('a page that throws while it begins says why', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, 'ResizeObserver', { value: undefined });
    Object.defineProperty(window, 'matchMedia', {
      value: () => {
        throw new Error('no such thing here');
      },
    });
  });
  await page.goto('/');
  await expect(page.getByRole('alert')).toContainText('could not be drawn');
});

test('in forced colours every button and choice keeps its outline', async ({ page }) => {
  await prepare(page, 'dark');
  await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark', reducedMotion: 'reduce' });
  for (const [name, path] of [
    ['overview', '/'],
    ['leases', '/leases'],
    ['lease-sheet', '/leases/l-14'],
  ] as const) {
    await show(page, { name, query: 'scene=full', path });
    await page.screenshot({ path: `${PICTURES}/${name}-forced.png` });
    const bare = await page.evaluate(() =>
      [...document.querySelectorAll('.btn:not(.ghost), .input, .card')]
        .filter((element) => element.checkVisibility())
        .filter((element) => {
          const { borderTopWidth, borderTopStyle } = getComputedStyle(element);
          return borderTopStyle === 'none' || borderTopWidth === '0px';
        })
        .map((element) => element.outerHTML.slice(0, 120)),
    );
    expect.soft(bare, name).toEqual([]);
  }
});
