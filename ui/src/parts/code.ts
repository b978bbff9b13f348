// Places in a text, as people count them and as a text area does.

/** Where a line and a column (both from 1, in characters) stand in the text; past an end, at that end. */
export function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split('\n');
  const index = Math.min(Math.max(1, line), lines.length) - 1;
  const before = lines.slice(0, index).reduce((sum, each) => sum + each.length + 1, 0);
  // Characters as people count them; a text area counts UTF-16 units.
  const upTo = [...(lines[index] ?? '')].slice(0, Math.max(0, column - 1)).join('');
  return before + upTo.length;
}

/** The end of what begins there: a string with its quotes, or a word, or one character. */
export function endOfToken(text: string, start: number): number {
  const rest = text.slice(start);
  const token = /^"(?:[^"\\\n]|\\.)*"|^[\w.-]+/.exec(rest)?.[0];
  return start + (token?.length ?? Math.min(1, rest.length));
}
