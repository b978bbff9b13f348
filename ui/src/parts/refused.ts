// After an attempt that was refused, the hand is led to the first field that something is wrong with.
import { tick } from 'svelte';

export async function focusRefused(form: HTMLElement | undefined): Promise<void> {
  await tick();
  form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
}
