// Light or dark on the page: what was chosen, or what the system says, followed while it changes.
import type { Theme } from '../api/types';

const REMEMBERED = 'leasehold.theme';
const systemIsDark = () => window.matchMedia('(prefers-color-scheme: dark)');

function show(theme: Theme): void {
  const dark = theme === 'dark' || (theme === 'system' && systemIsDark().matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}

/** The theme of the last time, before the settings are known: the first frame does not flash. */
export function showRememberedTheme(): void {
  const remembered = localStorage.getItem(REMEMBERED);
  show(remembered === 'light' || remembered === 'dark' ? remembered : 'system');
}

/** Shows the theme and follows the system until the returned function is called. */
export function followTheme(theme: Theme): () => void {
  localStorage.setItem(REMEMBERED, theme);
  show(theme);
  const system = systemIsDark();
  const follow = () => show(theme);
  system.addEventListener('change', follow);
  return () => system.removeEventListener('change', follow);
}
