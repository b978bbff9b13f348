// Chooses the desktop: the real one inside Tauri, a fake one in a browser of builds that carry it.
import { isTauri } from '@tauri-apps/api/core';
import type { Platform } from './platform';
import { tauri } from './tauri';

export type { Platform, Unlisten } from './platform';

const query = () => new URLSearchParams(location.search);
const nowhere = () =>
  new Error('This page is the inside of Leasehold’s window and does nothing in a browser.');

/** For the main window. Rejects in a browser when the build does not carry the fake desktop, as the window's own does not. */
export async function openPlatform(): Promise<Platform> {
  if (isTauri()) return tauri;
  if (__FAKE_DESKTOP__) {
    const { fakeFromAddress } = await import('./fake');
    return fakeFromAddress(query());
  }
  throw nowhere();
}

/** The same, for the window of a key. */
export async function openKeyPlatform(): Promise<Platform> {
  if (isTauri()) return tauri;
  if (__FAKE_DESKTOP__) {
    const { keyWindowFromAddress } = await import('./fake/keywindow');
    return keyWindowFromAddress(query());
  }
  throw nowhere();
}
