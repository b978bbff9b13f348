// The real desktop: Tauri's commands and events.
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Platform } from './platform';

export const tauri: Platform = {
  call: (name, args) => invoke(name, args),
  on: (event, handler) => {
    let heard = true;
    const subscription = listen<Parameters<typeof handler>[0]>(event, ({ payload }) => {
      if (heard) handler(payload);
    });
    return () => {
      if (!heard) return;
      heard = false;
      // A failed subscription has nothing to end.
      void subscription.then(
        (end) => end(),
        () => undefined,
      );
    };
  },
};
