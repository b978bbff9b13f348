// How Svelte files are compiled: TypeScript in script blocks.
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default { preprocess: vitePreprocess() };
