// States that lacked a picture: loading, failed, gone, empty, as long as can be, and from right to left.
import type { Screen } from './screens';

const secret = '/secrets/s-long';

const all: Screen[] = [
  { name: 'words-overview', small: true, query: 'scene=words', path: '/' },
  { name: 'words-leases', small: true, query: 'scene=words', path: '/leases' },
  {
    name: 'words-timeline',
    small: true,
    query: 'scene=words',
    path: '/leases',
    act: async (page) => {
      await page.locator('label', { has: page.getByTestId('leases-timeline') }).click();
      await page.getByTestId('timeline-seen').evaluate((head) => head.scrollIntoView(true));
    },
  },
  { name: 'words-lease', small: true, query: 'scene=words', path: '/leases/l-203' },
  { name: 'words-secret', small: true, query: 'scene=words', path: secret },
  { name: 'words-settings', query: 'scene=words', path: `${secret}/settings` },
  {
    name: 'words-form',
    small: true,
    query: 'scene=words',
    path: `${secret}/edit`,
    act: (page) => page.getByTestId('field-tags-key-0').scrollIntoViewIfNeeded(),
  },
  { name: 'words-connections', small: true, query: 'scene=words', path: '/connections' },
  { name: 'words-generate', query: 'scene=words', path: `${secret}/generate` },
  {
    name: 'secret-activity',
    small: true,
    query: 'scene=trouble',
    path: '/secrets/s-s3-upload/activity',
  },
  {
    name: 'secret-activity-error',
    query: 'scene=full&fault=activity_list:store_failed',
    path: '/secrets/s-s3-upload/activity',
  },
  {
    name: 'overview-folded',
    query: 'scene=full',
    path: '/',
    act: (page) => page.getByTestId('fold-/payments').click(),
  },
  { name: 'leases-loading', query: 'scene=full&hang=lease_list', path: '/leases' },
  { name: 'leases-error', query: 'scene=full&fault=lease_list:store_failed', path: '/leases' },
  { name: 'secret-loading', query: 'scene=full&hang=secret_list', path: '/secrets/s-s3-upload' },
  {
    name: 'secret-leases-loading',
    query: 'scene=full&hang=lease_page',
    path: '/secrets/s-s3-upload',
  },
  {
    name: 'secret-error',
    query: 'scene=full&fault=secret_list:store_failed',
    path: '/secrets/s-s3-upload',
  },
  {
    name: 'secret-leases-error',
    query: 'scene=full&fault=lease_page:store_failed',
    path: '/secrets/s-s3-upload',
  },
  { name: 'secret-gone', query: 'scene=full', path: '/secrets/s-none' },
  { name: 'secret-empty', query: 'scene=full', path: '/secrets/s-nightly-export' },
  { name: 'connections-loading', query: 'scene=full&hang=connection_list', path: '/connections' },
  {
    name: 'connections-error',
    query: 'scene=full&fault=connection_list:store_failed',
    path: '/connections',
  },
  {
    name: 'form-loading',
    query: 'scene=full&hang=connection_list',
    path: '/secrets/s-s3-upload/edit',
  },
  {
    name: 'form-error',
    query: 'scene=full&fault=connection_list:store_failed',
    path: '/secrets/s-s3-upload/edit',
  },
  { name: 'form-gone', query: 'scene=full', path: '/secrets/s-none/edit' },
  { name: 'lease-loading', query: 'scene=full&hang=lease_show', path: '/leases/l-20' },
  { name: 'lease-error', query: 'scene=full&fault=lease_show:store_failed', path: '/leases/l-20' },
  { name: 'lease-gone', query: 'scene=full', path: '/leases/l-none' },
  {
    name: 'policy-error',
    query: 'scene=full&fault=connection_policy:store_failed',
    path: '/connections',
    act: async (page) => {
      await page.getByTestId('policy-acme-dev').click();
      await page.getByTestId('problem').waitFor();
    },
  },
  {
    name: 'first-run-busy',
    query: 'scene=first&hang=connection_add_practice',
    path: '/',
    act: (page) => page.getByTestId('firstrun-practice').click(),
  },
  {
    name: 'first-run-error',
    query: 'scene=first&fault=connection_add_practice:store_failed',
    path: '/',
    act: async (page) => {
      await page.getByTestId('firstrun-practice').click();
      await page.getByTestId('problem').waitFor();
    },
  },
];

/** Colours that no other state shows. */
const DARK_TOO = /timeline|folded|words-leases/;

export const STATES: Screen[] = all.map((state) => ({
  ...state,
  lightOnly: !DARK_TOO.test(state.name),
}));
