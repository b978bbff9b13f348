// Spans of time as people type and read them. The engine decides what is accepted; this is for what is shown while typing.

const UNITS: Record<string, number> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};

const WORDS: Record<string, string> = {
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  min: 'm',
  mins: 'm',
  minute: 'm',
  minutes: 'm',
  hr: 'h',
  hrs: 'h',
  hour: 'h',
  hours: 'h',
  day: 'd',
  days: 'd',
  week: 'w',
  weeks: 'w',
  year: 'y',
  years: 'y',
};

/** Whole seconds of `1h30m`, `1.5h`, `2 days`; null where it is not a span. A bare number has no unit and is none. */
export function parseTtl(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  let seconds = 0;
  let rest = trimmed;
  while (rest !== '') {
    const part = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]+)[\s,]*/.exec(rest);
    if (part === null) return null;
    const [whole, amount, word] = part;
    const unit = UNITS[word ?? ''] ?? UNITS[WORDS[(word ?? '').toLowerCase()] ?? ''];
    if (unit === undefined) return null;
    seconds += Number(amount) * unit;
    rest = rest.slice(whole.length);
  }
  return Number.isFinite(seconds) ? Math.floor(seconds) : null;
}

/** The span in the engine's grammar: `1h30m`. */
export function printTtl(seconds: number): string {
  let rest = Math.max(0, Math.floor(seconds));
  let text = '';
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = UNITS[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text || '0s';
}

const READ: [string, number][] = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
];

/** The whole span to read: `1 h 30 min`. */
export function spanWords(seconds: number): string {
  let rest = Math.max(0, Math.floor(seconds));
  const words: string[] = [];
  for (const [name, size] of READ) {
    const count = Math.floor(rest / size);
    if (count > 0) words.push(`${count} ${name}`);
    rest -= count * size;
  }
  return words.length > 0 ? words.join(' ') : '0 s';
}

/** A typed span to read, or the text itself where it is not one. */
export function ttlWords(ttl: string): string {
  const seconds = parseTtl(ttl);
  return seconds === null ? ttl : spanWords(seconds);
}

/** A span at the precision people need when it is running: `42 s`, `9 min`, `1 h 0 min`, `3 d 4 h`, `41 d`. */
export function roughSpan(milliseconds: number): string {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 2) return `${minutes} min ${seconds % 60} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return days < 14 && hours % 24 > 0 ? `${days} d ${hours % 24} h` : `${days} d`;
}
