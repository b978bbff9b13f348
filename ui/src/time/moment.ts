// Moments as people read them. `now` is always AWS's: local time plus the connection's clock offset.
import { formats } from './formats.svelte';
import { roughSpan } from './ttl';

const DAY_MS = 86_400_000;

export const millis = (moment: string): number => Date.parse(moment);

function startOfDay(at: number): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** `15:23` */
export const clockTime = (at: number): string => formats().timeOfDay.format(at);

/** `15:23:07` */
export const timeWithSeconds = (at: number): string => formats().timeWithSeconds.format(at);

/** `1,332` */
export const counted = (count: number): string => formats().number.format(count);

/** `today`, `tomorrow`, `yesterday`, `24 Nov`, `24 Nov 2027` */
export function dayWord(at: number, now: number): string {
  const days = Math.round((startOfDay(at) - startOfDay(now)) / DAY_MS);
  if (days === 0) return 'today';
  if (days === 1) return 'tomorrow';
  if (days === -1) return 'yesterday';
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const { dayThisYear, dayAnyYear } = formats();
  return (sameYear ? dayThisYear : dayAnyYear).format(at);
}

/** `today 15:23` */
export const absolute = (at: number, now: number): string => `${dayWord(at, now)} ${clockTime(at)}`;

/** `15:23` today, with the day otherwise: for places where space is small. */
export const shortAbsolute = (at: number, now: number): string =>
  dayWord(at, now) === 'today' ? clockTime(at) : absolute(at, now);

/** `24 Nov 2026, 15:23:07` */
export const exact = (at: number): string =>
  `${formats().dayAnyYear.format(at)}, ${timeWithSeconds(at)}`;

/** `2026-11-24 14:23:07 UTC` */
export const inUtc = (at: number): string =>
  `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** A sentence of the engine, whose moments are UTC, as this computer tells the time. */
export const inLocalTime = (text: string, now: number): string =>
  text.replace(
    /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:Z| UTC)/g,
    (_, day: string, time: string) => shortAbsolute(millis(`${day}T${time}Z`), now),
  );

/** `in 9 min`, `4 min ago`, `now` */
export function relative(at: number, now: number): string {
  const span = at - now;
  if (Math.abs(span) < 1000) return 'now';
  return span > 0 ? `in ${roughSpan(span)}` : `${roughSpan(span)} ago`;
}

/** When something is tried next: `14:24, in 6 min`; what should have begun already is `due now`. */
export const dueWords = (at: number, now: number): string =>
  at <= now ? 'due now' : `${shortAbsolute(at, now)}, ${relative(at, now)}`;

/** `3 s ahead of`, `1 h 0 min behind`; null where the clocks agree. */
export function clockDifference(offsetMs: number): string | null {
  if (Math.abs(offsetMs) < 1000) return null;
  return offsetMs > 0 ? `${roughSpan(offsetMs)} ahead of` : `${roughSpan(offsetMs)} behind`;
}
