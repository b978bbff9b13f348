// How accounts are reached, in pictures: kinds of connections, codes, keys that are replaced, the console.
import type { Page } from '@playwright/test';
import type { Screen } from './screens';

const connections = { query: 'scene=sources', path: '/connections' };

const add = (kind: 'key' | 'profile' | 'role') => async (page: Page) => {
  await page.getByTestId('connection-add-key').click();
  await page.locator('label', { has: page.getByTestId(`add-by-${kind}`) }).click();
};

const profile = async (page: Page, name: string) => {
  await add('profile')(page);
  await page.getByTestId(`profile-${name}`).click();
};

const askForCode = async (page: Page) => {
  await page.getByTestId('connection-ops-mfa').getByTestId('login-retry').click();
  await page.getByTestId('code-question').waitFor();
};

export const SOURCES: Screen[] = [
  { name: 'sources', small: true, ...connections },
  {
    name: 'sources-below',
    ...connections,
    act: (page) => page.getByTestId('connection-half-rotated').scrollIntoViewIfNeeded(),
  },
  { name: 'add-connection-profile', small: true, ...connections, act: add('profile') },
  {
    name: 'add-connection-profile-none',
    lightOnly: true,
    ...connections,
    act: async (page) => {
      await page.evaluate(() => {
        const { leaseholdFake } = window as unknown as {
          leaseholdFake: { account: { scene: { profiles: unknown[] } } };
        };
        leaseholdFake.account.scene.profiles = [];
      });
      await add('profile')(page);
      await page.getByText('No AWS profile here').waitFor();
    },
  },
  {
    name: 'add-connection-login',
    small: true,
    ...connections,
    act: async (page) => {
      await profile(page, 'acme-admin');
      await page.getByTestId('connection-submit').click();
      await page.getByTestId('add-key-sheet').getByTestId('login-command').waitFor();
      await page.getByTestId('add-key-sheet').getByTestId('login-retry').scrollIntoViewIfNeeded();
    },
  },
  { name: 'add-connection-role', small: true, ...connections, act: add('role') },
  {
    name: 'add-connection-role-partition',
    lightOnly: true,
    ...connections,
    act: async (page) => {
      await add('role')(page);
      await page.getByTestId('field-role_arn').fill('arn:aws:iam::123456789012:role/leases');
      await page.getByTestId('field-region').fill('cn-north-1');
    },
  },
  { name: 'code', small: true, ...connections, act: askForCode },
  {
    name: 'code-wrong',
    ...connections,
    act: async (page) => {
      await askForCode(page);
      await page.keyboard.type('000000');
      await page.keyboard.press('Enter');
      await page.getByText('AWS did not take this code').waitFor();
    },
  },
  {
    name: 'rotate',
    small: true,
    ...connections,
    act: async (page) => {
      await page.getByTestId('rotate-acme-dev').click();
      await page.getByTestId('key-AKIAIOSFODNN7EXAMPLE').waitFor();
    },
  },
  {
    name: 'rotate-two-keys',
    small: true,
    ...connections,
    act: async (page) => {
      await page.getByTestId('rotate-old-two-keys').click();
      await page.getByTestId('rotate-remove-AKIAI44QH8DHBEXAMPLE').click();
    },
  },
  {
    name: 'rotate-steps',
    query: 'scene=sources&step=600000',
    path: '/connections',
    act: async (page) => {
      await page.getByTestId('rotate-acme-dev').click();
      await page.getByTestId('rotate-submit').click();
      await page.getByTestId('rotate-step-creating').waitFor();
    },
  },
  {
    name: 'rotate-done',
    query: 'scene=sources&step=0',
    path: '/connections',
    act: async (page) => {
      await page.getByTestId('rotate-acme-dev').click();
      await page.getByTestId('rotate-submit').click();
      await page.getByTestId('rotate-done').waitFor();
    },
  },
  {
    name: 'rotate-resumes',
    ...connections,
    act: async (page) => {
      await page.getByTestId('rotate-half-rotated').click();
      await page.getByTestId('rotate-resumes').waitFor();
    },
  },
  {
    name: 'rotate-denied',
    lightOnly: true,
    query: 'scene=sources&fault=connection_keys:aws_denied',
    path: '/connections',
    act: async (page) => {
      await page.getByTestId('rotate-acme-dev').click();
      await page.getByText('The key cannot be replaced').waitFor();
    },
  },
  {
    name: 'console',
    small: true,
    query: 'scene=full',
    path: '/leases/l-14',
    act: async (page) => {
      await page.getByTestId('console-copy').click();
      await page.getByTestId('console-opened').waitFor();
    },
  },
  {
    name: 'settings-aws',
    query: 'scene=full',
    path: '/settings',
    act: (page) => page.getByTestId('console_browser').scrollIntoViewIfNeeded(),
  },
];
