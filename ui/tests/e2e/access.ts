// The screens of Access and their states, how to reach each, for pictures and for axe.
import type { Page } from '@playwright/test';
import type { Screen } from './screens';

const WIDE = { width: 1280, height: 800 };
const boxes = '/access/methods/p-k2hd83msx0v7qa';

const typed = async (page: Page) => {
  await page.getByTestId('field-name').fill('/ci/dev-boxes');
  await page.getByTestId('field-bound_aws_account_id').fill('123456789012,');
  await page.getByTestId('field-bound_arn').fill('arn:aws:sts::123456789012:assumed-role/dev-*/* ');
  await page.getByTestId('field-bound_ips').fill('unix,');
  await page.getByTestId('method-summary').getByText('the Unix socket').waitFor();
};

const malformed = async (page: Page) => {
  await page.getByTestId('field-name').fill('CI');
  await page.getByTestId('field-bound_aws_account_id').fill('1234,');
  await page
    .getByTestId('field-bound_arn')
    .fill('arn:aws:sts:us-east-?:123456789012:* arn:aws:sts:123456789012:assumed-role/dev/x ');
  await page.getByTestId('submit-method').click();
  await page.getByTestId('fix-arn').first().scrollIntoViewIfNeeded();
};

const ofSts = async (page: Page) => {
  await typed(page);
  await page.getByTestId('field-sts_url').fill('https://sts.proxy.acme.example');
  await page.getByTestId('form-sts-banner').waitFor();
  await page.getByTestId('sts-danger').scrollIntoViewIfNeeded();
};

const tested = async (page: Page) => {
  await page
    .getByTestId('test-arn')
    .fill('arn:aws:sts::123456789012:assumed-role/dev-box/i-0abc1234def567890');
  await page.getByTestId('test-path').selectOption({ label: '/development/payments/s3-upload' });
  await page.getByTestId('test-run').click();
  await page.getByTestId('test-result').waitFor();
};

const all: Screen[] = [
  { name: 'access-empty', small: true, query: 'scene=empty', path: '/access' },
  { name: 'access-methods', small: true, query: 'scene=full', path: '/access' },
  { name: 'access-methods-loading', query: 'scene=full&hang=auth_method_list', path: '/access' },
  {
    name: 'access-methods-error',
    query: 'scene=full&fault=auth_method_list:store_failed',
    path: '/access',
  },
  { name: 'access-method', small: true, query: 'scene=full', path: boxes },
  { name: 'access-method-sts', query: 'scene=full', path: '/access/methods/p-3mxc07vqd8y5th' },
  { name: 'access-method-gone', query: 'scene=full', path: '/access/methods/p-none' },
  {
    name: 'access-method-delete',
    query: 'scene=full',
    path: '/access/methods/p-9ftw51bnr4c2ze',
    act: async (page) => {
      await page.getByTestId('method-menu').click();
      await page.getByTestId('method-delete').click();
      await page.getByTestId('question').waitFor();
    },
  },
  {
    name: 'access-form',
    small: true,
    query: 'scene=full',
    path: '/access/methods/new',
    act: typed,
  },
  {
    name: 'access-form-errors',
    small: true,
    query: 'scene=full',
    path: '/access/methods/new',
    act: malformed,
  },
  { name: 'access-form-sts', query: 'scene=full', path: '/access/methods/new', act: ofSts },
  { name: 'access-form-edit', query: 'scene=full', path: `${boxes}/edit` },
  { name: 'access-roles-empty', query: 'scene=empty', path: '/access/roles' },
  { name: 'access-roles', small: true, query: 'scene=full', path: '/access/roles' },
  {
    name: 'access-role',
    small: true,
    query: 'scene=full',
    path: '/access/roles/payments-deploy',
  },
  {
    name: 'access-role-claims',
    query: 'scene=full',
    path: '/access/roles/reports',
    act: async (page) => {
      await page.getByTestId('associate-method').selectOption('p-k2hd83msx0v7qa');
      await page.getByTestId('claim-add').click();
      await page.getByTestId('associate-submit').click();
      await page.getByText('A value is needed').waitFor();
    },
  },
  {
    name: 'access-role-new',
    query: 'scene=empty',
    path: '/access/roles',
    act: (page) => page.getByTestId('add-role').click(),
  },
  {
    name: 'access-who',
    small: true,
    query: 'scene=full',
    path: '/access/who/s-s3-upload',
  },
  { name: 'access-who-nobody', query: 'scene=full', path: '/access/who/s-try-me' },
  { name: 'access-gateway-off', query: 'scene=full', path: '/access/gateway' },
  { name: 'access-gateway', small: true, query: 'scene=waiting', path: '/access/gateway' },
  { name: 'access-gateway-failed', query: 'scene=trouble', path: '/access/gateway' },
  { name: 'access-gateway-elsewhere', query: 'scene=alarms', path: '/access/gateway' },
  {
    name: 'access-gateway-error',
    query: 'scene=full&fault=gateway_get:store_failed',
    path: '/access/gateway',
  },
  {
    name: 'access-gateway-refused',
    query: 'scene=full',
    path: '/access/gateway',
    act: async (page) => {
      await page.getByTestId('field-listen').fill('0.0.0.0:8732,');
      await page.getByTestId('field-socket-choice').selectOption('own');
      await page.getByTestId('gateway-save').click();
      await page.getByText('go over the network in clear').waitFor();
    },
  },
  { name: 'access-sessions', small: true, query: 'scene=waiting', path: '/access/sessions' },
  { name: 'access-sessions-empty', query: 'scene=empty', path: '/access/sessions' },
  { name: 'access-prompt', small: true, query: 'scene=waiting', path: '/' },
  {
    name: 'access-deny',
    query: 'scene=full',
    path: '/access/sessions',
    act: async (page) => {
      await page.getByTestId('person-menu-9f2c01d4a7be').click();
      await page.getByTestId('person-deny-9f2c01d4a7be').click();
      await page.getByTestId('question').waitFor();
    },
  },
  { name: 'access-test', small: true, query: 'scene=full', path: '/access/test' },
  {
    name: 'access-test-passed',
    query: 'scene=full',
    path: '/access/test/p-k2hd83msx0v7qa',
    act: async (page) => {
      await tested(page);
      await page.getByTestId('decision-issue').locator('summary').click();
    },
  },
  {
    name: 'access-test-refused',
    small: true,
    query: 'scene=full',
    path: '/access/test/p-3mxc07vqd8y5th',
    act: tested,
  },
  {
    name: 'access-test-pasted',
    query: 'scene=full',
    path: '/access/test/p-k2hd83msx0v7qa',
    act: async (page) => {
      await page.locator('label', { has: page.getByTestId('test-pasted') }).click();
      await page.getByTestId('test-identity').fill('not base64!');
      await page.getByTestId('test-run').click();
      await page.getByTestId('test-reason').waitFor();
    },
  },
  { name: 'access-words-methods', small: true, query: 'scene=words', path: '/access' },
  { name: 'access-words-method', small: true, query: 'scene=words', path: boxes },
  { name: 'access-words-form', small: true, query: 'scene=words', path: `${boxes}/edit` },
  { name: 'access-words-roles', small: true, query: 'scene=words', path: '/access/roles' },
  {
    name: 'access-words-role',
    small: true,
    query: 'scene=words',
    path: `/access/roles/${'payments-deploy-that-somebody-thought-would-explain-all-there-is-to-know'.slice(0, 64)}`,
  },
  { name: 'access-words-sessions', small: true, query: 'scene=words', path: '/access/sessions' },
  { name: 'access-words-gateway', small: true, query: 'scene=words', path: '/access/gateway' },
  { name: 'access-lease', query: 'scene=waiting', path: '/leases/l-17' },
  { name: 'access-secret', query: 'scene=full', path: '/secrets/s-s3-upload' },
];

/** Made of parts whose colours are looked at in the dark elsewhere. */
const LIGHT_ONLY = /loading|-error$|gone|words|elsewhere|empty$|edit/;

export const ACCESS: Screen[] = all.map((screen) => ({
  size: WIDE,
  ...screen,
  lightOnly: LIGHT_ONLY.test(screen.name),
}));
