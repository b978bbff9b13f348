// What jsdom lacks and the window needs; and a clean page after every test.
import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/svelte';

// A slow machine is not a broken window.
configure({ asyncUtilTimeout: 5000 });

// As the pictures are made: 24 hours, day before month.
Object.defineProperty(navigator, 'language', { value: 'en-GB', configurable: true });

window.matchMedia ??= (query: string) =>
  Object.assign(new EventTarget(), {
    matches: false,
    media: query,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
  }) as MediaQueryList;
window.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
Element.prototype.scrollIntoView ??= () => undefined;
Element.prototype.getAnimations ??= () => [];
Element.prototype.hasPointerCapture ??= () => false;
Element.prototype.releasePointerCapture ??= () => undefined;

afterEach(async () => {
  cleanup();
  // Components call their unlisteners when they go.
  await Promise.resolve();
  vi.useRealTimers();
  history.replaceState(null, '', '/');
  localStorage.clear();
});
