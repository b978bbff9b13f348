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

/** What stands in the page already says it; it is only shown sooner, and with the reason. */
function fail(reason: unknown): void {
  target?.querySelector('.loading')?.classList.add('failed');
  const why = document.getElementById('why');
  if (why) why.textContent = reason instanceof Error ? reason.message : String(reason);
}

openPlatform()
  .then((platform) => {
    const said = target.querySelector('.loading');
    mount(App, { target, props: { platform } });
    said?.remove();
  })
  .catch(fail);
