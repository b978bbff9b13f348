// Where the keyboard is on the page: the row of a list, the field to search with, the head of a screen.
// Lists say what their rows are reached by with `data-cursor`, the field that searches them with `data-search`.

const main = (): HTMLElement | null => document.querySelector('main');

/** Into the screen's own search field; false where it has none. */
export function searchHere(): boolean {
  const field = main()?.querySelector<HTMLInputElement>('[data-search]');
  if (!field) return false;
  field.focus();
  field.select();
  return true;
}

/** To the head of a screen that was just come to, unless the screen put the focus somewhere itself. */
export function focusPage(): void {
  const page = main();
  const here = document.activeElement;
  if (page && here && here !== document.body && page.contains(here)) return;
  (
    page?.querySelector<HTMLElement>('[data-autofocus]') ?? page?.querySelector<HTMLElement>('h1')
  )?.focus();
}

let last: WeakRef<HTMLElement> | null = null;

/** Moves along the list. True when there is one to move on. */
export function moveCursor(key: string): boolean {
  // A list that draws only what is near moves it itself.
  const list = main()?.querySelector('[data-windowed]');
  if (list)
    return !list.dispatchEvent(new CustomEvent('cursor', { detail: key, cancelable: true }));
  const rows = [...(main()?.querySelectorAll<HTMLElement>('[data-cursor]') ?? [])];
  if (rows.length === 0) return false;
  const focused = document.activeElement;
  const row = focused?.closest('[role=row]');
  const inRow = row ? rows.findIndex((one) => row.contains(one)) : -1;
  const before = last?.deref();
  const here = inRow !== -1 ? inRow : before ? rows.indexOf(before) : -1;
  const begun = inRow !== -1;
  const to = {
    // The first press comes back to where it was.
    ArrowDown: begun ? here + 1 : Math.max(here, 0),
    ArrowUp: begun ? here - 1 : here === -1 ? rows.length - 1 : here,
    Home: 0,
    End: rows.length - 1,
  }[key];
  if (to === undefined) return false;
  const next = rows[Math.min(rows.length - 1, Math.max(0, to))];
  next?.focus();
  next?.closest('[role=row]')?.scrollIntoView({ block: 'nearest' });
  last = next ? new WeakRef(next) : null;
  return true;
}

/** From the search field into what it found. */
export function toFirst(): boolean {
  last = null;
  return moveCursor('Home');
}

/** Presses what the row under the cursor offers for this key (`data-key`). True when it does. */
export function pressInRow(key: string): boolean {
  const row = document.activeElement?.closest('[role=row]');
  const control = row?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  if (!control || control.matches(':disabled')) return false;
  control.focus();
  control.click();
  return true;
}
