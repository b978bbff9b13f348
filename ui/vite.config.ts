// One build for the window (mode "production"), one with the fake desktop inside (any other mode).
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  plugins: [svelte(), svelteTesting()],
  clearScreen: false,
  define: { __FAKE_DESKTOP__: JSON.stringify(mode !== 'production') },
  server: { port: 1420, strictPort: true, host: '127.0.0.1' },
  preview: {
    // As strict as the window's own, so that the browser tests find what it would block.
    headers: {
      'Content-Security-Policy':
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'",
    },
  },
  build: {
    target: ['es2022', 'safari16'],
    rolldownOptions: { input: ['index.html', 'credentials.html'] },
    outDir: mode === 'fake' ? 'test-results/site' : 'dist',
    emptyOutDir: true,
    // The window's content security policy allows no data: scripts and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: 'jsdom',
    globals: true,
    include: ['tests/unit/**/*.test.ts', 'tests/views/**/*.test.ts'],
    setupFiles: ['./tests/setup.ts'],
    restoreMocks: true,
    testTimeout: 20_000,
  },
}));
