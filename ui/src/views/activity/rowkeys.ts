// Arrows among the lines of a log, and far steps; one line is the tab stop.

export function moveAmongRows(list: HTMLElement | undefined, event: KeyboardEvent): void {
  if (!(event.target instanceof HTMLElement) || !event.target.matches('.row')) return;
  const rows = [...(list?.querySelectorAll<HTMLElement>('.row') ?? [])];
  const here = rows.indexOf(event.target);
  const to = {
    ArrowDown: here + 1,
    ArrowUp: here - 1,
    PageDown: here + 10,
    PageUp: here - 10,
    Home: 0,
    End: rows.length - 1,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  rows[Math.min(rows.length - 1, Math.max(0, to))]?.focus();
}
