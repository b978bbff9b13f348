// One function per command of the window that shows a key. The main window is not allowed to call them.
import type { Platform } from '../platform/platform';
import type { ConsoleWay, CopyWhat, Format } from './types';

export function credentialsOn(platform: Platform) {
  return {
    get: () => platform.call('credentials_get', {}),
    reveal: () => platform.call('credentials_reveal', {}),
    /** How a format looks, with the secret masked. Keys are copied so from now on. */
    preview: (format: Format) => platform.call('credentials_preview', { format }),
    copy: (format: CopyWhat) => platform.call('credentials_copy', { format }),
    keep: (keep: boolean) => platform.call('credentials_keep', { keep }),
    /** False where nobody has the key yet, and the window stays. */
    close: (anyway: boolean) => platform.call('credentials_close', { anyway }),
    /** The link goes to the browser or the clipboard, and not through here. */
    console: (service: string | null, way: ConsoleWay) =>
      platform.call('credentials_console', { service, way }),
    settings: () => platform.call('settings_get', {}),
  };
}

export type CredentialsCommands = ReturnType<typeof credentialsOn>;
