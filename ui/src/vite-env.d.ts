/// <reference types="svelte" />
/// <reference types="vite/client" />

/** True in every build but the window's own: the fake desktop is inside. */
declare const __FAKE_DESKTOP__: boolean;
