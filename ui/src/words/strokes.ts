// Keys: how they are told apart, and how they are written for a person.

/** One press. Letters are told by what they write, so that every layout finds them. */
export interface Stroke {
  /** As `KeyboardEvent.key` says it; letters in lower case. */
  key: string;
  /** With Control; on a Mac with Command. */
  mod?: boolean;
  shift?: boolean;
}

const onMac = (): boolean => /mac|iphone|ipad/i.test(navigator.platform);

const NAMES: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  Delete: 'Del',
  Escape: 'Esc',
};

/** `Ctrl`, `K`: what stands on the keys, in the order they are pressed. */
export function keyWords({ key, mod, shift }: Stroke): string[] {
  const words: string[] = [];
  if (mod) words.push(onMac() ? '⌘' : 'Ctrl');
  if (shift) words.push('Shift');
  words.push(NAMES[key] ?? (/^[a-z]$/.test(key) ? key.toUpperCase() : key));
  return words;
}

export function isStroke(stroke: Stroke, event: KeyboardEvent): boolean {
  const mod = onMac() ? event.metaKey : event.ctrlKey;
  const other = onMac() ? event.ctrlKey : event.metaKey;
  if (mod !== (stroke.mod ?? false) || other || event.altKey) return false;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key !== stroke.key) return false;
  // Where a sign stands above another one is the keyboard's matter: "/" and "?" need Shift on some.
  return !/^[a-z]$/.test(key) || event.shiftKey === (stroke.shift ?? false);
}

/** For `aria-keyshortcuts`. */
export const ariaKeys = (strokes: readonly Stroke[]): string =>
  strokes
    .map(({ key, mod, shift }) =>
      [
        mod && (onMac() ? 'Meta' : 'Control'),
        shift && 'Shift',
        key.length === 1 ? key.toUpperCase() : key,
      ]
        .filter(Boolean)
        .join('+'),
    )
    .join(' ');
