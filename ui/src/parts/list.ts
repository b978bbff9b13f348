// Lists as people type them: commas, spaces and new lines divide; repetitions go; order stays.

export function splitList(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((item) => item !== ''))];
}

/** The list with these items at its end, those it has already left out. */
export function withItems(list: readonly string[], text: string): string[] {
  return [...new Set([...list, ...splitList(text)])];
}
