// Where the window of a key begins. It has little in it: it is to be there at once, also where the main one is not.
import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './theme/tokens.css';
import './theme/base.css';
import { mount } from 'svelte';
import { openKeyPlatform } from './platform';
import { showRememberedTheme } from './state/theme';
import Credentials from './views/credentials/Credentials.svelte';

showRememberedTheme();

const target = document.getElementById('app');
if (!target) throw new Error('credentials.html has no #app');

openKeyPlatform().then(
  (platform) => mount(Credentials, { target, props: { platform } }),
  (reason: unknown) => {
    target.textContent = reason instanceof Error ? reason.message : String(reason);
  },
);
