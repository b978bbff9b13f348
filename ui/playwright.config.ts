// The whole interface in a real browser on the fake desktop. PLAYWRIGHT_CHROMIUM overrides the browser.
import { defineConfig } from '@playwright/test';

const port = Number(process.env.LEASEHOLD_UI_PORT ?? 4173);

export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results/runs',
  workers: 2,
  fullyParallel: true,
  // A loaded machine is slow, not wrong.
  timeout: 90_000,
  expect: { timeout: 20_000 },
  // What needs a second attempt is reported as flaky, with a trace of the first one.
  retries: 1,
  reporter: 'list',
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    viewport: { width: 1160, height: 740 },
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    // A state that never comes is told of where it was waited for, not by the end of the whole test.
    actionTimeout: 20_000,
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.PLAYWRIGHT_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu'],
    },
  },
  webServer: {
    command: `npx vite build --mode fake --logLevel warn && npx vite preview --mode fake --port ${port} --host 127.0.0.1 --strictPort`,
    url: `http://127.0.0.1:${port}`,
    reuseExistingServer: false,
  },
});
