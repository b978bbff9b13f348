// Where leases stand on a line of time: pure geometry, on this computer's clock so that one line is now for all.
import type { LeaseView } from '../../api/types';
import type { Range } from '../../state/leasechoices.svelte';
import { millis } from '../../time/moment';
import { isOpen } from '../../words/lease';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** From which the next larger is taken until the ticks are few enough. */
const STEPS = [
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  30 * DAY,
  120 * DAY,
  365 * DAY,
];
const MOST_TICKS = 7;

export interface Axis {
  from: number;
  until: number;
  /** Between two ticks. */
  step: number;
  ticks: number[];
}

function startOfDay(at: number, days = 0): number {
  const day = new Date(at);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime();
}

/** Moments on whole hours or days of this place, also on days that have 23 hours or 25. */
function ticksOf(from: number, until: number, step: number): number[] {
  const ticks: number[] = [];
  const midnight = startOfDay(from);
  for (let index = 0; ; index += 1) {
    const at =
      step < DAY ? midnight + index * step : startOfDay(midnight, index * Math.round(step / DAY));
    if (at >= until) return ticks;
    if (at >= from) ticks.push(at);
  }
}

function axisFrom(from: number, until: number, wanted?: number): Axis {
  const span = until - from;
  const step = wanted ?? STEPS.find((each) => span / each <= MOST_TICKS) ?? 365 * DAY;
  return { from, until, step, ticks: ticksOf(from, until, step) };
}

const beginOf = (lease: LeaseView): number =>
  millis(lease.issued_at ?? lease.created_at) - lease.clock_offset_ms;

/** From the first of the open ones to the last moment that any of them could be renewed to. */
function aroundOpen(leases: readonly LeaseView[], now: number): [number, number] {
  const open = leases.filter(isOpen);
  const begin = Math.min(now, ...open.map(beginOf));
  const end = Math.max(
    now + 30 * MINUTE,
    ...open.map((lease) => millis(lease.max_expires_at) - lease.clock_offset_ms),
  );
  const room = (end - begin) * 0.03;
  return [begin - room, end + room];
}

/** What of time is seen. `shift` moves it, in spans of itself. */
export function axisOf(
  range: Range,
  now: number,
  shift = 0,
  leases: readonly LeaseView[] = [],
): Axis {
  switch (range) {
    case 'now': {
      const from = Math.floor((now - 2 * HOUR) / HOUR) * HOUR + shift * 6 * HOUR;
      return axisFrom(from, from + 6 * HOUR, HOUR);
    }
    case 'today': {
      const from = startOfDay(now) + shift * DAY;
      return axisFrom(from, from + DAY, 4 * HOUR);
    }
    case 'week': {
      const from = startOfDay(now, -3) + shift * 7 * DAY;
      return axisFrom(from, from + 7 * DAY, DAY);
    }
    case 'open': {
      const [from, until] = aroundOpen(leases, now);
      const moved = shift * (until - from);
      return axisFrom(from + moved, until + moved);
    }
  }
}

/** Per cent along the axis, kept on it. */
export function placeOn(axis: Axis, at: number): number {
  const share = ((at - axis.from) / (axis.until - axis.from)) * 100;
  return Math.min(100, Math.max(0, share));
}

export const isOn = (axis: Axis, at: number): boolean => at >= axis.from && at <= axis.until;

export interface Bar {
  left: number;
  width: number;
  /** How far the dashed rest up to the maximum reaches, from the end of the bar. */
  rest: number;
  /** From the cut to now, or to the end: access is gone, its user not yet. */
  cleanup: number;
  /** Where access was cut; null when it was not, or not on this axis. */
  cut: number | null;
  /** Where it lies when nothing of it is on the axis. */
  outside: 'before' | 'after' | null;
}

/** `now` is this computer's. */
export function barOf(axis: Axis, lease: LeaseView, now: number): Bar {
  const local = (moment: string) => millis(moment) - lease.clock_offset_ms;
  const begin = beginOf(lease);
  const cutAt = lease.cut_at === null ? null : local(lease.cut_at);
  const over = local(lease.ended_at ?? lease.expires_at);
  const end = isOpen(lease) ? (cutAt ?? local(lease.expires_at)) : Math.min(cutAt ?? over, over);
  const most = lease.state === 'active' ? local(lease.max_expires_at) : end;
  const clean = cutAt === null ? end : isOpen(lease) ? now : over;
  const left = placeOn(axis, begin);
  const right = placeOn(axis, end);
  const last = Math.max(end, clean);
  return {
    left,
    width: Math.max(0, right - left),
    rest: Math.max(0, placeOn(axis, most) - right),
    cleanup: Math.max(0, placeOn(axis, clean) - right),
    cut: cutAt !== null && isOn(axis, cutAt) ? placeOn(axis, cutAt) : null,
    outside: last < axis.from ? 'before' : begin > axis.until ? 'after' : null,
  };
}

/** About as wide as this text is at the size of labels. */
const CHARACTER = 6.1;

export type LabelPlace = 'in' | 'beside' | 'after' | 'before';

/**
 * Where there is room for what is said of a bar, on a line so many pixels long: in it, beside its end (over the dashed
 * rest), behind all of it, or before it.
 */
export function labelPlace(bar: Bar, text: string, line: number): LabelPlace {
  const wide = text.length * CHARACTER + 12;
  const pixels = (share: number) => (share / 100) * line;
  const end = bar.left + bar.width;
  if (pixels(bar.width) >= wide) return 'in';
  if (bar.cleanup === 0 && pixels(bar.rest) >= wide) return 'beside';
  if (pixels(100 - end - Math.max(bar.rest, bar.cleanup)) >= wide) return 'after';
  if (pixels(bar.left) >= wide) return 'before';
  return 100 - end > bar.width ? 'beside' : 'in';
}
