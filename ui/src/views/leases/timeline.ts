// Where leases stand on a line of time: pure geometry, on this computer's clock so that one line is now for all.
import type { LeaseView } from '../../api/types';
import { millis } from '../../time/moment';
import { isOpen } from '../../words/lease';

export type Range = 'now' | 'today' | 'week';

const HOUR = 3_600_000;

export interface Axis {
  from: number;
  until: number;
  ticks: number[];
}

export function axisOf(range: Range, now: number): Axis {
  const day = new Date(now);
  let from: number;
  let until: number;
  let step: number;
  if (range === 'now') {
    from = Math.floor((now - 2 * HOUR) / HOUR) * HOUR;
    until = from + 6 * HOUR;
    step = HOUR;
  } else if (range === 'today') {
    from = new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
    until = from + 24 * HOUR;
    step = 4 * HOUR;
  } else {
    from = new Date(day.getFullYear(), day.getMonth(), day.getDate() - 3).getTime();
    until = from + 7 * 24 * HOUR;
    step = 24 * HOUR;
  }
  const ticks: number[] = [];
  for (let at = from; at < until; at += step) ticks.push(at);
  return { from, until, ticks };
}

/** Per cent along the axis, kept on it. */
export function placeOn(axis: Axis, at: number): number {
  const share = ((at - axis.from) / (axis.until - axis.from)) * 100;
  return Math.min(100, Math.max(0, share));
}

export interface Bar {
  left: number;
  width: number;
  /** How far the dashed rest up to the maximum reaches, from the end of the bar. */
  rest: number;
  /** Nothing of it lies on the axis. */
  outside: boolean;
}

export function barOf(axis: Axis, lease: LeaseView): Bar {
  const local = (moment: string) => millis(moment) - lease.clock_offset_ms;
  const begin = local(lease.issued_at ?? lease.created_at);
  const end = local(isOpen(lease) ? lease.expires_at : (lease.ended_at ?? lease.expires_at));
  const most = isOpen(lease) && lease.state === 'active' ? local(lease.max_expires_at) : end;
  const left = placeOn(axis, begin);
  const right = placeOn(axis, end);
  return {
    left,
    width: Math.max(0, right - left),
    rest: Math.max(0, placeOn(axis, most) - right),
    outside: end < axis.from || begin > axis.until,
  };
}
