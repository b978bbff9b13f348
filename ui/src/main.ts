// Where the window begins: fonts, theme, the desktop, and the first frame.
import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './theme/tokens.css';
import './theme/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { openPlatform } from './platform';
import { showRememberedTheme } from './state/theme';

showRememberedTheme();

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');

openPlatform().then(
  (platform) => mount(App, { target, props: { platform } }),
  (reason: unknown) => {
    target.textContent = reason instanceof Error ? reason.message : String(reason);
  },
);
