// Dynamic secrets whose leases are sessions of AWS STS: their forms, and what a lease says of its end.
import type { Page } from '@playwright/test';
import type { Screen } from './screens';

const role = async (page: Page) => {
  await page.getByTestId('provider-aws-sts-role').click();
  await page.locator('.cm-content').waitFor();
  await page.getByTestId('field-name').fill('deploy');
  await page.getByTestId('field-role_arn').fill('arn:aws:iam::123456789012:role/ci/deploy');
  await page.getByTestId('field-external_id').fill('acme-ci-7731');
  // What was wrong while it was typed is said until typing rests.
  await page.getByText('This is not the ARN of a role').waitFor({ state: 'hidden' });
};

const all: Screen[] = [
  { name: 'sessions-overview', small: true, query: 'scene=sessions', path: '/' },
  { name: 'sessions-leases', small: true, query: 'scene=sessions', path: '/leases' },
  {
    name: 'sessions-history',
    query: 'scene=sessions',
    path: '/secrets/s-deploy-role',
  },
  { name: 'sessions-settings', query: 'scene=sessions', path: '/secrets/s-deploy-role/settings' },
  { name: 'sessions-lease', small: true, query: 'scene=sessions', path: '/leases/l-41' },
  { name: 'sessions-lease-token', query: 'scene=sessions', path: '/leases/l-44' },
  { name: 'sessions-lease-waits', query: 'scene=sessions', path: '/leases/l-47' },
  { name: 'sessions-lease-cut', query: 'scene=sessions', path: '/leases/l-50' },
  { name: 'sessions-lease-ended', query: 'scene=sessions', path: '/leases/l-53' },
  {
    name: 'sessions-revoke',
    query: 'scene=sessions',
    path: '/leases/l-41',
    act: (page) => page.getByTestId('sheet-revoke').click(),
  },
  {
    name: 'sessions-generate',
    query: 'scene=sessions',
    path: '/secrets/s-deploy-role/generate',
  },
  {
    name: 'sessions-form-role',
    small: true,
    query: 'scene=sessions',
    path: '/new',
    act: role,
  },
  {
    name: 'sessions-form-token',
    query: 'scene=sessions',
    path: '/new',
    act: async (page) => {
      await page.getByTestId('provider-aws-sts-federation').click();
      await page.getByTestId('field-name').fill('look');
      await page.getByTestId('submit-secret').click();
      await page.getByText('may do nothing').first().waitFor();
    },
  },
];

export const SESSIONS: Screen[] = all;
