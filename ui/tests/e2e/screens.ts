// The screens and their states, how to reach each, for pictures and for axe.
import type { Page } from '@playwright/test';

export const NOON = new Date('2026-11-21T14:23:00+01:00');

export interface Screen {
  name: string;
  query: string;
  path: string;
  /** A picture at the smallest window, too. */
  small?: boolean;
  /** Of the picture; 1160 × 740 where nothing is said. */
  size?: { width: number; height: number };
  /** Of its window at its smallest; 720 × 480 where nothing is said. */
  least?: { width: number; height: number };
  /** Of another window than the main one. */
  page?: string;
  /** Made of parts whose colours are looked at in the dark elsewhere. */
  lightOnly?: boolean;
  /** From the screen to the state. */
  act?: (page: Page) => Promise<void>;
}

const formText = async (page: Page) => {
  await page.getByTestId('provider-aws-iam').click();
  await page.locator('.cm-content').waitFor();
  await page.getByTestId('field-name').fill('s3-upload');
  await page.getByTestId('field-folder').fill('/reports');
  await page
    .getByTestId('field-policy_arns')
    .fill('arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess,');
  await page
    .getByTestId('field-policy_documents')
    .fill(
      '{\n  "Version": "2012-10-17",\n  "Statement": [\n    { "Effect": "Allow", "Action": ["s3:PutObject"],\n      "Resource": "arn:aws:s3:::payments-inbox/*" }\n  ]\n}',
    );
  await page.getByText('lh-s3-upload').waitFor();
};

const toTimeline = async (page: Page) => {
  await page.locator('label', { has: page.getByTestId('leases-timeline') }).click();
  await page.getByTestId('timeline-seen').evaluate((head) => head.scrollIntoView(true));
};

export const SCREENS: Screen[] = [
  { name: 'first-run', small: true, query: 'scene=first', path: '/' },
  { name: 'overview', query: 'scene=full', path: '/' },
  {
    name: 'overview-hover',
    small: true,
    query: 'scene=full',
    path: '/',
    act: (page) => page.getByTestId('secret-row-s3-upload').hover(),
  },
  { name: 'overview-trouble', small: true, query: 'scene=trouble', path: '/' },
  { name: 'overview-empty', query: 'scene=empty', path: '/' },
  { name: 'overview-many', query: 'scene=many', path: '/' },
  { name: 'overview-loading', query: 'scene=full&hang=secret_list', path: '/' },
  { name: 'overview-error', query: 'scene=full&fault=secret_list:store_failed', path: '/' },
  {
    name: 'row-menu',
    query: 'scene=full',
    path: '/',
    act: (page) => page.getByTestId('menu-s3-upload').click(),
  },
  {
    name: 'environment-question',
    query: 'scene=full',
    path: '/',
    act: async (page) => {
      await page.getByTestId('environment-menu').click();
      await page.getByTestId('environment-add').click();
    },
  },
  { name: 'provider', query: 'scene=full', path: '/new' },
  { name: 'form', small: true, query: 'scene=full', path: '/new', act: formText },
  {
    name: 'form-errors',
    query: 'scene=full',
    path: '/new',
    act: async (page) => {
      await page.getByTestId('provider-aws-iam').click();
      await page.locator('.cm-content').waitFor();
      await page.getByTestId('field-name').fill('S3 Upload');
      await page.getByTestId('field-default_ttl').fill('2d');
      await page.getByTestId('field-iam_path').fill('leases');
      await page.getByTestId('field-policy_documents').fill('{ "Version" ');
      await page.getByTestId('submit-secret').click();
      await page.getByText('begins and ends with a slash').waitFor();
    },
  },
  {
    name: 'form-new-key',
    query: 'scene=first',
    path: '/new',
    act: (page) => page.getByTestId('provider-aws-iam').click(),
  },
  { name: 'secret', small: true, query: 'scene=trouble', path: '/secrets/s-s3-upload' },
  {
    name: 'secret-settings',
    query: 'scene=full',
    path: '/secrets/s-s3-upload',
    act: (page) => page.getByRole('tab', { name: 'Settings' }).click(),
  },
  { name: 'generate', small: true, query: 'scene=full', path: '/secrets/s-s3-upload/generate' },
  {
    name: 'generate-progress',
    query: 'scene=full&step=600000',
    path: '/secrets/s-s3-upload/generate',
    act: async (page) => {
      await page.getByTestId('generate-submit').click();
      await page.getByTestId('step-recorded').waitFor();
    },
  },
  {
    name: 'generate-error',
    query: 'scene=full&fault=lease_create:aws_denied',
    path: '/secrets/s-s3-upload/generate',
    act: async (page) => {
      await page.getByTestId('generate-submit').click();
      await page.getByTestId('problem').waitFor();
    },
  },
  { name: 'leases', small: true, query: 'scene=full', path: '/leases' },
  {
    name: 'leases-grouped',
    small: true,
    query: 'scene=trouble',
    path: '/leases',
    act: async (page) => {
      await page.locator('label', { has: page.getByTestId('group-secret') }).click();
      await page.getByTestId('sort-ends').click();
    },
  },
  {
    name: 'leases-ended-here',
    query: 'scene=full&step=1',
    path: '/leases',
    act: async (page) => {
      await page.getByTestId('revoke-l-14').click();
      await page.getByTestId('revoke-confirm').click();
      await page.clock.runFor(100);
      await page.getByTestId('hide-rested').waitFor();
    },
  },
  {
    name: 'leases-history',
    small: true,
    query: 'scene=history',
    path: '/leases',
    act: async (page) => {
      await page.locator('label', { has: page.getByTestId('leases-ended') }).click();
      await page.getByTestId('leases-after').click();
      await page.getByText('200 shown').waitFor();
      await page.getByTestId('leases-after').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'leases-history-timeline',
    lightOnly: true,
    query: 'scene=history',
    path: '/leases',
    act: async (page) => {
      await page.locator('label', { has: page.getByTestId('leases-all') }).click();
      await page.locator('label', { has: page.getByTestId('leases-timeline') }).click();
      await page.getByText('The line shows').waitFor();
    },
  },
  {
    name: 'leases-trouble',
    query: 'scene=trouble',
    path: '/leases',
    act: async (page) => {
      await page.locator('label', { has: page.getByTestId('leases-all') }).click();
    },
  },
  {
    name: 'timeline',
    small: true,
    query: 'scene=trouble',
    path: '/leases',
    act: async (page) => {
      await page.locator('label', { has: page.getByTestId('leases-all') }).click();
      await toTimeline(page);
    },
  },
  {
    name: 'timeline-all-open',
    small: true,
    query: 'scene=alarms',
    path: '/leases',
    act: async (page) => {
      await toTimeline(page);
      await page.locator('label', { has: page.getByTestId('range-open') }).click();
    },
  },
  {
    name: 'timeline-panned',
    query: 'scene=many',
    path: '/leases',
    act: async (page) => {
      await toTimeline(page);
      await page.getByTestId('timeline-later').click();
      await page.locator('main [data-scrolls]').evaluate((port) => port.scrollTo(0, 2600));
      await page.getByTestId('timeline-back').waitFor();
    },
  },
  { name: 'leases-empty', query: 'scene=empty', path: '/leases' },
  { name: 'lease', small: true, query: 'scene=full', path: '/leases/l-14' },
  {
    name: 'lease-renew',
    query: 'scene=full',
    path: '/leases/l-14/renew',
    act: (page) => page.getByText('instead of').waitFor(),
  },
  { name: 'lease-blocked', query: 'scene=trouble', path: '/leases/l-41' },
  { name: 'lease-leak', small: true, query: 'scene=alarms', path: '/leases/l-47' },
  { name: 'lease-foreign', query: 'scene=alarms', path: '/leases/l-61' },
  { name: 'lease-drift', query: 'scene=alarms', path: '/leases/l-64' },
  {
    name: 'lease-seen',
    query: 'scene=alarms',
    path: '/leases/l-64',
    act: async (page) => {
      await page.getByTestId('found-seen').click();
      await page.getByTestId('found-seen').waitFor({ state: 'detached' });
    },
  },
  { name: 'lease-put-right', query: 'scene=alarms', path: '/leases/l-67' },
  { name: 'lease-queued', query: 'scene=alarms', path: '/leases/l-76' },
  { name: 'lease-failed', query: 'scene=trouble', path: '/leases/l-50' },
  { name: 'lease-forgotten', query: 'scene=trouble', path: '/leases/l-53' },
  { name: 'lease-gone-outside', query: 'scene=full', path: '/leases/l-26' },
  { name: 'lease-unreachable', query: 'scene=trouble', path: '/leases/l-44' },
  {
    name: 'lease-calls',
    query: 'scene=trouble',
    path: '/leases/l-41',
    act: async (page) => {
      await page.getByTestId('history-calls').click();
      await page.getByText('iam:CreateUser').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'forget-question',
    query: 'scene=trouble',
    path: '/leases/l-41',
    act: (page) => page.getByTestId('sheet-forget').click(),
  },
  { name: 'leases-alarms', small: true, query: 'scene=alarms', path: '/leases' },
  {
    name: 'leases-selected',
    small: true,
    query: 'scene=many',
    path: '/leases',
    act: async (page) => {
      await page.getByTestId('select-l-1000').click();
      await page.getByTestId('select-l-1021').click({ modifiers: ['Shift'] });
      await page.getByTestId('revoke-selected').waitFor();
    },
  },
  {
    name: 'bulk-running',
    small: true,
    query: 'scene=many&step=100',
    path: '/leases',
    act: async (page) => {
      await page.getByTestId('revoke-all').click();
      await page.getByTestId('revoke-confirm').click();
      await page.clock.runFor(4000);
      await page.getByTestId('bulk-stop').waitFor();
    },
  },
  {
    name: 'bulk-summary',
    small: true,
    query: 'scene=alarms&step=1500',
    path: '/leases',
    act: async (page) => {
      await page.getByTestId('select-all').click();
      await page.getByTestId('revoke-selected').click();
      await page.getByTestId('revoke-confirm').click();
      await page.clock.runFor(600);
      await page.getByTestId('bulk-stop').click();
      await page.clock.runFor(1000);
      await page.getByTestId('bulk-close').waitFor();
    },
  },
  { name: 'clock', query: 'scene=clock', path: '/leases' },
  { name: 'timeline-alarms', query: 'scene=alarms', path: '/leases', act: toTimeline },
  { name: 'overview-alarms', small: true, query: 'scene=alarms', path: '/' },
  {
    name: 'compare',
    small: true,
    query: 'scene=alarms',
    path: '/connections',
    act: async (page) => {
      await page.getByTestId('compare-all').click();
      await page.getByTestId('reconcile-report').waitFor();
    },
  },
  {
    name: 'compare-orphans',
    query: 'scene=alarms',
    path: '/connections',
    act: async (page) => {
      await page.getByTestId('compare-all').click();
      await page.getByTestId('list-users-statement').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'compare-nothing',
    query: 'scene=full',
    path: '/connections',
    act: async (page) => {
      await page.getByTestId('compare-acme-dev').click();
      await page.getByTestId('reconcile-report').waitFor();
    },
  },
  {
    name: 'compare-running',
    query: 'scene=full&hang=lease_reconcile',
    path: '/connections',
    act: (page) => page.getByTestId('compare-all').click(),
  },
  {
    name: 'compare-failed',
    query: 'scene=full&fault=lease_reconcile:store_failed',
    path: '/connections',
    act: (page) => page.getByTestId('compare-all').click(),
  },
  {
    name: 'orphan-question',
    query: 'scene=alarms',
    path: '/connections',
    act: async (page) => {
      await page.getByTestId('compare-all').click();
      await page.getByTestId('remove-orphan-lh-s3-upload-Zr81kQvT0p').click();
    },
  },
  {
    name: 'revoke-question',
    query: 'scene=full',
    path: '/leases',
    act: (page) => page.getByTestId('revoke-l-14').click(),
  },
  { name: 'connections', small: true, query: 'scene=full', path: '/connections' },
  { name: 'connections-trouble', query: 'scene=trouble', path: '/connections' },
  { name: 'connections-none', query: 'scene=first', path: '/connections' },
  {
    name: 'add-key',
    query: 'scene=full',
    path: '/connections',
    act: (page) => page.getByTestId('connection-add-key').click(),
  },
  {
    name: 'policy',
    query: 'scene=full',
    path: '/connections',
    act: async (page) => {
      await page.getByTestId('policy-acme-dev').click();
      await page.getByTestId('policy-document').waitFor();
    },
  },
  { name: 'settings', small: true, query: 'scene=full', path: '/settings' },
];

/** Prepares a page for pictures: a theme, a fixed time, nothing that moves. */
export async function prepare(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
  await page.clock.install({ time: NOON });
}

let visits = 0;

/** Opens the screen in its state. */
export async function show(page: Page, screen: Screen): Promise<void> {
  // What the state before made the page remember is not of this one.
  if (page.url().startsWith('http')) await page.evaluate(() => localStorage.clear());
  // Another query, so that it is loaded anew and not only moved along.
  visits += 1;
  await page.setViewportSize(screen.size ?? { width: 1160, height: 740 });
  await page.mouse.move(0, 0);
  const { page: file = '', query, path } = screen;
  await page.goto(`/${file}?${query}&delay=0&visit=${visits}#${path}`);
  if (file === '') {
    await page
      .getByTestId('status-foot')
      .getByText(/expiry|active|Ending/)
      .waitFor();
  }
  await page.locator('main').waitFor();
  await page.evaluate(() => document.fonts.ready);
  await screen.act?.(page);
  await settled(page);
}

/** Whatever the last answer changed is painted. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );
}
