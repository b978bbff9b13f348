// The real desktop: Tauri's commands and events.
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { getCurrentWebview } from '@tauri-apps/api/webview';
import type { Platform } from './platform';

/** Subscriptions that the desktop has not confirmed yet. */
const subscribing = new Set<Promise<unknown>>();

export const tauri: Platform = {
  call: async (name, args) => {
    // What is told to pages that say they are ready must not find them deaf.
    if (name === 'window_ready') await Promise.allSettled(subscribing);
    return invoke(name, args);
  },
  on: (event, handler) => {
    let heard = true;
    const subscription = listen<Parameters<typeof handler>[0]>(
      event,
      ({ payload }) => {
        if (heard) handler(payload);
      },
      // What is told to another window is not for this one.
      { target: getCurrentWebview().label },
    );
    subscribing.add(subscription);
    const settled = () => subscribing.delete(subscription);
    void subscription.then(settled, settled);
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
