// Which rows of a long list are near what is seen: heights are known beforehand, so that nothing has to be drawn to count.

/** Where each row begins, and at last where the list ends. */
export function offsetsOf(heights: readonly number[]): number[] {
  const offsets = [0];
  let sum = 0;
  for (const height of heights) {
    sum += height;
    offsets.push(sum);
  }
  return offsets;
}

/** The row that a place lies in; the first above the list, the last below it. */
export function rowAt(offsets: readonly number[], place: number): number {
  let low = 0;
  let high = Math.max(0, offsets.length - 2);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((offsets[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** First and last row that touch what is seen. */
export function rowsIn(offsets: readonly number[], from: number, until: number): [number, number] {
  return [rowAt(offsets, from), rowAt(offsets, until)];
}
