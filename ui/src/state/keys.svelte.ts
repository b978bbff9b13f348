// The keyboard over the whole window. Nothing here fires while a person types, in a menu, or under anything that lies
// over the screen: there, keys belong to what is open.
import type { Action } from '../actions/action';
import { isStroke, type Stroke } from '../words/strokes';
import { moveCursor, pressInRow, toFirst } from './cursor';

/** How long the second press of two may take. */
export const SEQUENCE_MS = 1500;
const REMEMBERED = 'leasehold.single-keys';

/** Keys that the row under the cursor may offer something for. */
export const ROW_KEYS: readonly { key: string; name: string; stroke: Stroke }[] = [
  { key: 'i', name: 'Issue: generate a lease of it', stroke: { key: 'i' } },
  { key: 'p', name: 'Pin the dynamic secret, or take its pin off', stroke: { key: 'p' } },
  { key: 'r', name: 'Renew the lease', stroke: { key: 'r' } },
  { key: 'Delete', name: 'Revoke the lease; asks first', stroke: { key: 'Delete' } },
];

/** Text is typed here, or keys mean something else already. */
const TAKEN =
  'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]:not([contenteditable=false]), ' +
  '[role=menu], [role=listbox], [role=dialog], [role=alertdialog]';

interface Around {
  actions: () => readonly Action[];
  run: (action: Action) => unknown;
  /** Nothing lies over the screen. */
  clear: () => boolean;
}

export class Keys {
  /** What was pressed of several, while the next is waited for. */
  begun = $state.raw<readonly Stroke[]>([]);
  /** Keys without Control can be turned off: dictation and shaky hands press them by accident (WCAG 2.1.4). */
  single = $state(localStorage.getItem(REMEMBERED) !== 'off');
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly around: Around) {}

  start(): () => void {
    window.addEventListener('keydown', this.press);
    return () => {
      window.removeEventListener('keydown', this.press);
      this.forget();
    };
  }

  allowSingle(allowed: boolean): void {
    this.single = allowed;
    localStorage.setItem(REMEMBERED, allowed ? 'on' : 'off');
  }

  /** What the next press may lead to. */
  readonly next = $derived.by((): Action[] =>
    this.begun.length === 0
      ? []
      : this.around.actions().filter(({ keys }) => keys && this.continues(keys)),
  );

  press = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || !this.around.clear()) {
      this.forget();
      return;
    }
    // A key of its own (Shift, Control) begins nothing and ends nothing.
    if (['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return;
    const target = event.target instanceof Element ? event.target : null;
    const typing = target?.closest(TAKEN) ?? null;
    if (typing) {
      this.inField(event, target);
      return;
    }
    if (this.run(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.onRow(event, target)) event.preventDefault();
  };

  /** From a search field the list below is reached; the palette opens from anywhere. Nothing else. */
  private inField(event: KeyboardEvent, target: Element | null): void {
    this.forget();
    const inSearch = target?.matches('[data-search]') ?? false;
    if (inSearch && (event.key === 'ArrowDown' || event.key === 'Enter') && toFirst()) {
      event.preventDefault();
      return;
    }
    const palette = this.around.actions().find(({ id }) => id === 'window:palette');
    if (palette?.keys?.every((stroke) => isStroke(stroke, event))) this.fire(event, palette);
  }

  private run(event: KeyboardEvent): boolean {
    const possible = this.around
      .actions()
      .filter(({ keys }) => keys && this.continues(keys) && this.allowed(keys));
    const depth = this.begun.length;
    const hit = possible.find(({ keys }) => {
      const stroke = keys?.[depth];
      return stroke !== undefined && isStroke(stroke, event);
    });
    const stroke = hit?.keys?.[depth];
    if (!hit || !stroke) {
      this.forget();
      return false;
    }
    if (hit.keys?.length === depth + 1) {
      this.fire(event, hit);
      return true;
    }
    event.preventDefault();
    this.forget(event.repeat ? [] : [...this.begun, stroke]);
    return true;
  }

  private onRow(event: KeyboardEvent, target: Element | null): boolean {
    const { key } = event;
    if (['ArrowDown', 'ArrowUp', 'Home', 'End'].includes(key)) {
      // A choice among a few moves by arrows itself.
      if (event.shiftKey || target?.matches('input, [role=tab]')) return false;
      return moveCursor(key);
    }
    const known = ROW_KEYS.find(({ stroke }) => isStroke(stroke, event));
    if (!known || event.repeat || (known.key.length === 1 && !this.single)) return false;
    return pressInRow(known.key);
  }

  private fire(event: KeyboardEvent, action: Action): void {
    event.preventDefault();
    this.forget();
    // Held down, it is done once.
    if (!event.repeat) void this.around.run(action);
  }

  private continues(keys: readonly Stroke[]): boolean {
    return (
      keys.length > this.begun.length &&
      this.begun.every((stroke, index) => stroke.key === keys[index]?.key)
    );
  }

  private allowed(keys: readonly Stroke[]): boolean {
    return this.single || (keys[0]?.mod ?? false);
  }

  private forget(begun: readonly Stroke[] = []): void {
    clearTimeout(this.timer);
    this.begun = begun;
    if (begun.length > 0) this.timer = setTimeout(() => this.forget(), SEQUENCE_MS);
  }
}
