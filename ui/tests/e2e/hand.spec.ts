// Speed of hand in a real browser: three strokes to a key, the palette, all keys, the cursor, undo; axe and pictures of
// the palette, the sheet of keys, the note of a near end and a broken screen.
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { NOON, prepare, settled, show, type Screen } from './screens';

const PICTURES = 'test-results/screens';

const openPalette = async (page: Page) => {
  await page.keyboard.press('Control+k');
  await expect(page.getByTestId('palette-input')).toBeFocused();
};

const overview = async (page: Page, query = 'scene=full&delay=0&step=1') => {
  await page.goto(`/?${query}#/`);
  await page.getByTestId('secret-row-s3-upload').waitFor();
};

test('a key for a frequent secret takes three strokes', async ({ page }) => {
  await overview(page);
  const first = page.locator('[data-testid^="do-generate:"]').first();
  await openPalette(page);
  await expect(first).toHaveAttribute('data-selected');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('generate-ttl')).toBeFocused();
  const key = page.waitForEvent('popup');
  await page.keyboard.press('Enter');
  await (await key).getByTestId('usable').waitFor();
});

test('the second of them takes three as well, by its number', async ({ page }) => {
  await overview(page);
  await openPalette(page);
  const second = page.locator('[data-testid^="do-generate:"]').nth(1);
  const name = (await second.locator('.name').innerText()).trim();
  await page.keyboard.press('Control+2');
  await expect(page.getByTestId('generate-sheet')).toContainText(name);
  await expect(page.getByTestId('generate-ttl')).toBeFocused();
  const key = page.waitForEvent('popup');
  await page.keyboard.press('Enter');
  await (await key).getByTestId('usable').waitFor();
  // It is the first the next time.
  await page.reload();
  await page.getByTestId('secret-row-s3-upload').waitFor();
  await openPalette(page);
  await expect(page.locator('[data-testid^="do-generate:"]').first()).toContainText(name);
});

test('the palette gives the focus back, and what it opens has it', async ({ page }) => {
  await overview(page);
  await page.getByTestId('add-secret').focus();
  await openPalette(page);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('palette')).toBeHidden();
  await expect(page.getByTestId('add-secret')).toBeFocused();
  await openPalette(page);
  await page.keyboard.type('revoke all');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('question')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('question')).toBeHidden();
  await openPalette(page);
  await page.keyboard.type('go conn');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Connections', exact: true })).toBeFocused();
});

test('keys lead everywhere, rows are reached by arrows, and fields are left alone', async ({
  page,
}) => {
  await overview(page);
  await page.keyboard.press('g');
  await expect(page.getByTestId('key-hint')).toContainText('Leases');
  await page.keyboard.press('l');
  await expect(page.getByRole('heading', { name: 'Leases', exact: true })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const row = page.locator('[data-testid^="lease-row-"]').nth(1);
  await expect(row.locator('[data-cursor]')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('lease-sheet')).toBeVisible();
  // Under a sheet none of them does anything.
  await page.keyboard.press('n');
  await page.keyboard.press('Control+k');
  await expect(page.getByTestId('lease-sheet')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(row.locator('[data-cursor]')).toBeFocused();
  await page.keyboard.press('End');
  await expect(
    page.locator('[data-testid^="lease-row-"]').last().locator('[data-cursor]'),
  ).toBeFocused();
  await page.keyboard.press('/');
  await page.keyboard.type('ng?');
  await expect(page.getByTestId('filter-leases')).toHaveValue('ng?');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  await expect(page.getByTestId('provider-aws-iam')).toBeFocused();
});

test('a renamed environment is taken back by Ctrl and Z', async ({ page }) => {
  await overview(page);
  await openPalette(page);
  await page.keyboard.type('rename staging');
  await page.keyboard.press('Enter');
  await page.getByTestId('question-name').fill('lab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('tab', { name: /lab/ })).toBeVisible();
  await expect(page.getByTestId('question')).toBeHidden();
  await page.keyboard.press('Control+z');
  await expect(page.getByRole('tab', { name: /staging/ })).toBeVisible();
  await expect(page.getByRole('tab', { name: /lab/ })).toHaveCount(0);
});

/** A lease that ends four minutes from now, with a label that is read from the right. */
const nearEnd = (page: Page) =>
  page.evaluate((noon) => {
    const { leaseholdFake: fake } = window as unknown as {
      leaseholdFake: {
        account: { scene: { leases: Record<string, unknown>[] } };
        emit: (event: string, payload: unknown) => void;
      };
    };
    const lease = fake.account.scene.leases.find(({ id }) => id === 'l-14');
    if (!lease) throw new Error('there is no such lease');
    lease.expires_at = new Date(noon + 4 * 60_000 + 30_000).toISOString();
    lease.label = 'نشر ‎#42';
    fake.emit('engine', { kind: 'lease_changed', lease });
  }, NOON.getTime());

const LOOKS: Screen[] = [
  {
    name: 'palette',
    query: 'scene=full',
    path: '/',
    small: true,
    act: openPalette,
  },
  {
    name: 'palette-found',
    query: 'scene=full',
    path: '/',
    small: true,
    act: async (page) => {
      await openPalette(page);
      await page.keyboard.type('rev');
    },
  },
  {
    name: 'palette-nothing',
    query: 'scene=full',
    path: '/leases',
    act: async (page) => {
      await openPalette(page);
      await page.keyboard.type('teleport');
    },
  },
  {
    name: 'keys',
    query: 'scene=full',
    path: '/',
    small: true,
    act: async (page) => {
      await page.keyboard.press('?');
      await page.getByTestId('keys-sheet').waitFor();
    },
  },
  {
    name: 'keys-begun',
    query: 'scene=full',
    path: '/',
    act: async (page) => {
      await page.keyboard.press('g');
      await page.getByTestId('key-hint').waitFor();
    },
  },
  {
    name: 'search-everywhere',
    query: 'scene=full',
    path: '/',
    small: true,
    act: async (page) => {
      await page.keyboard.press('/');
      await page.keyboard.type('123456789012');
      await page.locator('[data-testid^="found-in-"]').first().waitFor();
    },
  },
  {
    name: 'expiry-note',
    query: 'scene=full',
    path: '/leases',
    small: true,
    act: async (page) => {
      await nearEnd(page);
      await page.getByTestId('expiry-note').waitFor();
    },
  },
  {
    name: 'undo',
    query: 'scene=full',
    path: '/settings',
    act: async (page) => {
      await page.getByTestId('lead-60').click();
      await page.getByTestId('toast-action').waitFor();
    },
  },
  {
    name: 'broken',
    query: 'scene=full',
    path: '/leases',
    small: true,
    act: async (page) => {
      await page.evaluate(() => {
        const { leaseholdFake } = window as unknown as {
          leaseholdFake: { emit: (event: string, payload: unknown) => void };
        };
        const lease = { state: 'active', id: 'l-x', user_name: null };
        leaseholdFake.emit('engine', { kind: 'lease_changed', lease });
      });
      await page.getByTestId('broken').waitFor();
    },
  },
];

for (const theme of ['light', 'dark'] as const) {
  test(`what lies over the screens is sound, ${theme}`, async ({ page }) => {
    test.setTimeout(180_000);
    await prepare(page, theme);
    for (const look of LOOKS) {
      await test.step(look.name, async () => {
        await show(page, look);
        await settled(page);
        await page.screenshot({ path: `${PICTURES}/${look.name}-${theme}.png` });
        const { violations } = await new AxeBuilder({ page }).analyze();
        const found = violations.flatMap(({ id, nodes }) =>
          nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`),
        );
        expect.soft(found, look.name).toEqual([]);
        if (!look.small) return;
        await page.setViewportSize({ width: 720, height: 480 });
        await settled(page);
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
        );
        expect.soft(wide, `${look.name} is wider than a small window`).toBe(false);
        await page.screenshot({ path: `${PICTURES}/${look.name}-${theme}-small.png` });
      });
    }
  });
}
