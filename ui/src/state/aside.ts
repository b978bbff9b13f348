// The way to the messages beside whatever is open, and back. A sheet keeps the focus to itself; a message beside it has
// buttons all the same, so the focus may go there.

/** Before the sheet looks at where the focus went. */
const BEFORE = { capture: true } as const;

let from: HTMLElement | null = null;

const aside = (): HTMLElement | null => document.querySelector('[data-aside]');
const isAside = (target: EventTarget | null): boolean =>
  target instanceof Node && (aside()?.contains(target) ?? false);

/** Where the focus was before it came here; a message that goes gives it back. */
export function backFromAside(): void {
  if (!isAside(document.activeElement)) return;
  const sheet = [...document.querySelectorAll<HTMLElement>('[role=dialog], [role=alertdialog]')].at(
    -1,
  );
  const there = from?.isConnected && from !== document.body ? from : sheet;
  from = null;
  there?.focus();
}

/** To whoever waits, else to the newest message; or back from there. False where there is none. */
export function toAside(): boolean {
  if (isAside(document.activeElement)) {
    backFromAside();
    return true;
  }
  const here = document.activeElement;
  const groups = [...(aside()?.querySelectorAll('[role=group]') ?? [])];
  const waits = groups.find((group) => group.matches('[data-first]'));
  const button = (waits ?? groups.at(-1))?.querySelector<HTMLElement>('button');
  if (!button) return false;
  from = here instanceof HTMLElement ? here : null;
  button.focus();
  return true;
}

function press(event: KeyboardEvent): void {
  if (event.key !== 'F6' || event.ctrlKey || event.altKey || event.metaKey) return;
  if (toAside()) event.preventDefault();
}

/** Sheets do not hear that the focus went to a message, and let it be there. */
function letBe(event: FocusEvent): void {
  if (isAside(event.target)) event.stopPropagation();
}

export function openAside(): () => void {
  window.addEventListener('keydown', press);
  window.addEventListener('focusin', letBe, BEFORE);
  return () => {
    window.removeEventListener('keydown', press);
    window.removeEventListener('focusin', letBe, BEFORE);
  };
}
