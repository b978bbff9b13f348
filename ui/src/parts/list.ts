// Lists as people type them: commas, spaces and new lines divide; repetitions go; order stays.

export function splitList(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((item) => item !== ''))];
}

/** The list with these items at its end, those it has already left out. */
export function withItems(
  list: readonly string[],
  text: string,
  split: (text: string) => string[] = splitList,
): string[] {
  return [...new Set([...list, ...split(text)])];
}

/**
 * Names and ARNs, which may have commas in them: white space divides, and a comma only at the end of one or before the
 * next ARN.
 */
export function splitNames(text: string): string[] {
  const items = text.split(/\s+|,(?=\s|$|arn:)/).filter((item) => item !== '');
  return [...new Set(items)];
}
