// The window of a key in its states, each by itself at its own size.
import type { Page } from '@playwright/test';
import type { Screen } from './screens';

const fresh = 'scene=full&step=1&secret=s-s3-upload';

interface Fake {
  keys: Map<string, unknown>;
  account: { lease: (id: string) => Record<string, unknown> };
  call: (name: string, args: unknown) => Promise<unknown>;
  emit: (event: string, payload: unknown) => void;
}

/** Changes the lease whose key is shown, as AWS would; with `seconds`, it was issued so long ago. */
const change = (page: Page, lease: Record<string, unknown>, seconds?: number) =>
  page.evaluate(
    ([changed, ago]) => {
      const { leaseholdFake: fake } = window as unknown as { leaseholdFake: Fake };
      const [id = ''] = fake.keys.keys();
      const lease = Object.assign(fake.account.lease(id), changed);
      if (ago !== undefined) lease.issued_at = new Date(Date.now() - ago * 1000).toISOString();
      fake.emit('engine', { kind: 'lease_changed', lease });
    },
    [lease, seconds] as const,
  );

const usable = (page: Page) => page.getByTestId('usable').waitFor();

const NOT_USABLE = {
  code: 'aws_unreachable',
  message: 'The new key was not accepted within 120 s.',
  hint: 'It may begin to work yet. If it does not, revoke the lease and generate another.',
  field: null,
};

const all: Screen[] = [
  { name: 'credentials', small: true, query: fresh, path: '', act: usable },
  {
    name: 'credentials-revealed',
    small: true,
    query: 'scene=full&step=1&secret=s-try-me',
    path: '',
    act: async (page) => {
      await usable(page);
      await page.getByTestId('reveal-secret').click();
      await page.getByTestId('copy-bash').click();
      await page.getByText('Clipboard clears').waitFor();
    },
  },
  {
    name: 'credentials-session',
    small: true,
    query: 'scene=sessions&step=1&secret=s-deploy-role',
    path: '',
    act: async (page) => {
      await usable(page);
      await page.getByTestId('reveal-secret').click();
      await page.getByText('IQoJ').waitFor();
    },
  },
  {
    name: 'credentials-json-kept',
    query: fresh,
    path: '',
    act: async (page) => {
      await usable(page);
      await page.locator('label', { has: page.getByTestId('format-json') }).click();
      await page.getByText('"access_key_id"').waitFor();
      await page.getByTestId('keep-credentials').click();
      await page.getByTestId('key-kept').waitFor();
    },
  },
  {
    name: 'credentials-words',
    small: true,
    query: 'scene=words&step=1&secret=s-long',
    path: '',
    act: usable,
  },
  {
    name: 'credentials-tried',
    query: fresh,
    path: '',
    act: async (page) => {
      await usable(page);
      await change(page, { usable_after_ms: null }, 4);
      await page.getByTestId('usable-pending').waitFor();
    },
  },
  {
    name: 'credentials-not-usable',
    small: true,
    query: fresh,
    path: '',
    act: async (page) => {
      await usable(page);
      await change(page, { usable_after_ms: null }, 180);
      await page.getByTestId('usable-not').waitFor();
    },
  },
  {
    name: 'credentials-given-up',
    query: fresh,
    path: '',
    act: async (page) => {
      await usable(page);
      await change(page, { usable_after_ms: null }, 125);
      await page.evaluate((problem) => {
        const { leaseholdFake: fake } = window as unknown as { leaseholdFake: Fake };
        const [lease_id] = fake.keys.keys();
        fake.emit('engine', { kind: 'not_usable', lease_id, problem });
      }, NOT_USABLE);
      await page.getByTestId('problem').waitFor();
    },
  },
  {
    name: 'credentials-copy-failed',
    query: `${fresh}&fault=credentials_copy:internal`,
    path: '',
    act: async (page) => {
      await usable(page);
      await page.getByTestId('copy-secret_access_key').click();
      await page.getByTestId('problem').waitFor();
    },
  },
  {
    name: 'credentials-ask-to-close',
    small: true,
    query: fresh,
    path: '',
    act: async (page) => {
      await usable(page);
      await page.keyboard.press('Escape');
      await page.getByTestId('close-credentials-anyway').waitFor();
    },
  },
  {
    name: 'credentials-revoking',
    query: fresh,
    path: '',
    act: async (page) => {
      await usable(page);
      await change(page, { state: 'revoking', end_reason: 'by_us' });
      await page.getByTestId('key-over').waitFor();
    },
  },
  {
    name: 'credentials-over',
    query: fresh,
    path: '',
    act: async (page) => {
      await usable(page);
      await page.evaluate(async () => {
        const { leaseholdFake: fake } = window as unknown as { leaseholdFake: Fake };
        await fake.call('lease_revoke', { ids: [...fake.keys.keys()] });
      });
      await page.getByTestId('key-over').waitFor();
    },
  },
  {
    name: 'credentials-error',
    query: `${fresh}&fault=credentials_get:store_failed`,
    path: '',
    act: (page) => page.getByTestId('problem').waitFor(),
  },
];

export const KEYS: Screen[] = all.map((state) => ({
  ...state,
  page: 'credentials.html',
  size: { width: 520, height: 660 },
  least: { width: 420, height: 420 },
}));
