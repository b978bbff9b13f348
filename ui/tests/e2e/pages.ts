// The activity log, pre-flights, the lint and the break-glass kit: their states, how to reach each.
import type { Page } from '@playwright/test';
import type { Screen } from './screens';

const RISKY = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["s3:PutObject", "iam:CreateAccessKey"],
      "Resource": "*"
    },
    { "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::123456789012:role/x" }
  ]
}`;

const risky = async (page: Page) => {
  await page.getByTestId('provider-aws-iam').click();
  await page.locator('.cm-content').waitFor();
  await page.getByTestId('field-name').fill('key-maker');
  await page.getByTestId('field-policy_documents').fill(RISKY);
  await page.getByTestId('marks').waitFor();
};

const lines = (page: Page) => page.locator('[data-seq]').first().waitFor();

const openLine = async (page: Page) => {
  await lines(page);
  await page.locator('.failed > .row').first().click();
  await page.getByText('Request id').waitFor();
};

const folder = async (page: Page, path: string) => {
  await page.getByTestId('field-break_glass_folder').fill(path);
  await page.getByTestId('break-glass-keep').click();
};

const all: Screen[] = [
  { name: 'activity', query: 'scene=trouble', path: '/activity', act: lines },
  { name: 'activity-line', query: 'scene=trouble', path: '/activity', act: openLine },
  {
    name: 'activity-filtered',
    query: 'scene=trouble',
    path: '/activity?span=week&outcome=failed&outcome=alarm&secret=s-s3-upload',
    act: lines,
  },
  { name: 'activity-lease', query: 'scene=full', path: '/activity?lease=l-14', act: lines },
  {
    name: 'activity-none',
    query: 'scene=full',
    path: '/activity?search=nothing-like-this',
    act: (page) => page.getByTestId('activity-clear-empty').waitFor(),
  },
  { name: 'activity-empty', query: 'scene=first', path: '/activity' },
  { name: 'activity-loading', query: 'scene=full&hang=activity_list', path: '/activity' },
  {
    name: 'activity-error',
    query: 'scene=full&fault=activity_list:store_failed',
    path: '/activity',
  },
  {
    name: 'activity-whole',
    query: 'scene=many',
    path: '/activity',
    act: async (page) => {
      await page.getByTestId('activity-verify').click();
      await page.getByTestId('activity-head').waitFor();
    },
  },
  {
    name: 'activity-edited',
    query: 'scene=tampered',
    path: '/activity',
    act: async (page) => {
      await page.getByTestId('activity-verify').click();
      await page.getByTestId('activity-show-fault').click();
      await page.getByText('To the newest lines').waitFor();
    },
  },
  {
    name: 'activity-removed',
    query: 'scene=removed',
    path: '/activity',
    act: async (page) => {
      await page.getByTestId('activity-verify').click();
      await page.getByTestId('activity-show-fault').click();
      await page.getByTestId('activity-gap').waitFor();
    },
  },
  {
    name: 'activity-fresh',
    query: 'scene=many',
    path: '/activity',
    act: async (page) => {
      await lines(page);
      await page.evaluate(() => {
        const fake = (
          window as unknown as {
            leaseholdFake: { account: { log: { add: (kind: string, text: string) => void } } };
          }
        ).leaseholdFake;
        for (let index = 0; index < 12; index += 1) {
          fake.account.log.add('connection.checked', 'acme-dev answers.');
        }
      });
      await page.clock.runFor(1500);
      await page.getByTestId('activity-fresh').waitFor();
    },
  },
  {
    name: 'activity-exported',
    query: 'scene=full',
    path: '/activity',
    act: async (page) => {
      await page.getByTestId('activity-export').click();
      await page.getByTestId('export-csv').click();
      await page.getByTestId('activity-export-path').waitFor();
    },
  },
  { name: 'preflight-allowed', query: 'scene=full', path: '/secrets/s-s3-upload/preflight' },
  { name: 'preflight-outdated', query: 'scene=full', path: '/secrets/s-ledger-read/preflight' },
  { name: 'preflight-never', query: 'scene=full', path: '/secrets/s-try-me/preflight' },
  { name: 'preflight-denied', query: 'scene=denied', path: '/secrets/s-deploy-lambda/preflight' },
  {
    name: 'preflight-flying',
    query: 'scene=full&step=600000',
    path: '/secrets/s-s3-upload/preflight',
    act: async (page) => {
      await page.getByTestId('preflight-canary').click();
      await page.getByTestId('canary-confirm').click();
      await page.getByTestId('canary-flying').waitFor();
    },
  },
  {
    name: 'preflight-question',
    query: 'scene=full',
    path: '/secrets/s-s3-upload/preflight',
    act: (page) => page.getByTestId('preflight-canary').click(),
  },
  {
    name: 'preflight-error',
    query: 'scene=full&fault=secret_preflight:aws_denied',
    path: '/secrets/s-s3-upload/preflight',
    act: async (page) => {
      await page.getByTestId('preflight-check').click();
      await page.getByTestId('problem').waitFor();
    },
  },
  { name: 'secret-not-revocable', query: 'scene=denied', path: '/secrets/s-deploy-lambda' },
  { name: 'overview-denied', query: 'scene=denied', path: '/' },
  { name: 'generate-denied', query: 'scene=denied', path: '/secrets/s-deploy-lambda/generate' },
  {
    name: 'generate-despite',
    query: 'scene=denied',
    path: '/secrets/s-deploy-lambda/generate',
    act: (page) => page.getByTestId('generate-despite-switch').check(),
  },
  { name: 'form-lint', query: 'scene=full', path: '/new', act: risky },
  {
    name: 'form-lint-marks',
    query: 'scene=full',
    path: '/new',
    act: async (page) => {
      await risky(page);
      await page.getByTestId('marks').getByRole('button').first().click();
    },
  },
  { name: 'break-glass', query: 'scene=full', path: '/settings/break-glass' },
  {
    name: 'break-glass-written',
    query: 'scene=full',
    path: '/settings/break-glass',
    act: async (page) => {
      await page.getByTestId('break-glass-write').click();
      await page.getByTestId('break-glass-files').waitFor();
    },
  },
  {
    name: 'break-glass-error',
    query: 'scene=full&fault=break_glass_write:store_failed',
    path: '/settings/break-glass',
    act: async (page) => {
      await page.getByTestId('break-glass-write').click();
      await page.getByTestId('problem').waitFor();
    },
  },
  {
    name: 'settings-folder',
    query: 'scene=full',
    path: '/settings',
    act: async (page) => {
      await folder(page, '/home/ada/Shared/break-glass');
      await page.getByTestId('break-glass-kept').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'settings-folder-refused',
    query: 'scene=full',
    path: '/settings',
    act: async (page) => {
      await folder(page, '/missing');
      await page.getByText('Make it first').scrollIntoViewIfNeeded();
    },
  },
];

/** What lies below the fold of a small window, scrolled to there. */
const below: Screen[] = [
  {
    name: 'preflight-actions',
    query: 'scene=denied',
    path: '/secrets/s-deploy-lambda/preflight',
    act: (page) =>
      page.getByTestId('probe-iam:ListUsers').evaluate((row) => row.scrollIntoView(true)),
  },
  {
    name: 'preflight-canary-below',
    query: 'scene=denied',
    path: '/secrets/s-deploy-lambda/preflight',
    act: (page) => page.getByTestId('canary-failed').evaluate((chip) => chip.scrollIntoView(true)),
  },
  {
    name: 'activity-line-below',
    query: 'scene=alarms',
    path: '/activity',
    act: async (page) => {
      await lines(page);
      await page.locator('.alarm > .row').first().click();
      await page.getByText('Request id').evaluate((head) => head.scrollIntoView(false));
    },
  },
  {
    name: 'activity-fault-below',
    query: 'scene=tampered',
    path: '/activity',
    act: async (page) => {
      await page.getByTestId('activity-verify').click();
      await page.getByTestId('activity-fault').waitFor();
    },
  },
  {
    name: 'settings-folder-refused-below',
    query: 'scene=full',
    path: '/settings',
    act: async (page) => {
      await folder(page, '/missing');
      await page.getByText('Make it first').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'break-glass-written-below',
    query: 'scene=full',
    path: '/settings/break-glass',
    act: async (page) => {
      await page.getByTestId('break-glass-write').click();
      await page.getByTestId('break-glass-files').waitFor();
    },
  },
  {
    name: 'form-dangers-below',
    query: 'scene=full',
    path: '/new',
    act: async (page) => {
      await risky(page);
      await page.getByTestId('form-dangers').scrollIntoViewIfNeeded();
    },
  },
];

export const PAGES: Screen[] = [
  ...all.map((screen) => ({ ...screen, small: true, size: { width: 1280, height: 800 } })),
  ...below.map((screen) => ({ ...screen, size: { width: 720, height: 480 } })),
];
