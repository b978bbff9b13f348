// Every screen and state, light and dark: axe finds nothing, nothing breaks the content security policy, nothing is wider
// than the window; and a picture of each is left in test-results/screens for people to look at.
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { ACCESS } from './access';
import { KEYS } from './keystates';
import { PAGES } from './pages';
import { prepare, SCREENS, settled, show } from './screens';
import { SOURCES } from './sources';
import { SESSIONS } from './sessionstates';
import { STATES } from './states';

/** LEASEHOLD_SCREENS=activity looks at some only, while they are worked on. */
const wanted = new RegExp(process.env.LEASEHOLD_SCREENS ?? '');
const ALL = [...SCREENS, ...PAGES, ...STATES, ...SESSIONS, ...KEYS, ...ACCESS, ...SOURCES].filter(
  ({ name }) => wanted.test(name),
);
const PARTS = 8;
const PICTURES = 'test-results/screens';

for (const theme of ['light', 'dark'] as const) {
  for (let part = 0; part < PARTS; part += 1) {
    test(`every screen is sound, ${theme}, part ${part + 1}`, async ({ page }) => {
      test.setTimeout(180_000);
      const said: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') said.push(message.text());
      });
      page.on('pageerror', (error) => said.push(error.message));
      await prepare(page, theme);
      const mine = ALL.filter((_, index) => index % PARTS === part);
      for (const screen of mine.filter(({ lightOnly }) => theme === 'light' || !lightOnly)) {
        await test.step(screen.name, async () => {
          await show(page, screen);
          await page.screenshot({ path: `${PICTURES}/${screen.name}-${theme}.png` });
          // Names, roles and order are the same in the dark; what may differ is contrast.
          const axe = new AxeBuilder({ page });
          if (theme === 'dark') axe.withRules(['color-contrast']);
          // An open menu floats above every landmark, as menus do.
          else if (screen.name === 'row-menu') axe.disableRules(['region']);
          const { violations } = await axe.analyze();
          const found = violations.flatMap(({ id, nodes }) =>
            nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`),
          );
          expect.soft(found, screen.name).toEqual([]);
          if (!screen.small) return;
          await page.setViewportSize(screen.least ?? { width: 720, height: 480 });
          await settled(page);
          const wide = await page.evaluate(
            () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
          );
          expect.soft(wide, `${screen.name} is wider than a small window`).toBe(false);
          await page.screenshot({ path: `${PICTURES}/${screen.name}-${theme}-small.png` });
        });
      }
      expect(said).toEqual([]);
    });
  }
}
