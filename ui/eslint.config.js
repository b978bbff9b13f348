// What prettier does not say: mistakes in TypeScript and Svelte, and the walls between the rooms of src/.
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const desktopOnly = {
  group: ['@tauri-apps/*'],
  message: 'Only src/platform talks to the desktop.',
};
const partsKnowNoCommands = {
  group: ['**/api/commands', '**/platform/*', '**/state/desk.svelte'],
  message: 'Parts have no knowledge of commands: pass values and callbacks.',
};

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'test-results/', 'src/api/generated/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: {
        projectService: true,
        extraFileExtensions: ['.svelte'],
        parser: ts.parser,
        svelteConfig,
      },
    },
  },
  {
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      'no-restricted-imports': ['error', { patterns: [desktopOnly] }],
      'svelte/no-at-html-tags': 'error',
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  { files: ['src/platform/**', 'tests/**'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['src/parts/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [desktopOnly, partsKnowNoCommands] }],
    },
  },
);
