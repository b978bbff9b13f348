// How a lease looks at a moment: one word, one tone, one form. *Expiring* and *expired* are seen here, not stored.
import type { LeaseView } from '../api/types';
import { millis, relative, shortAbsolute } from '../time/moment';

export type Tone = 'plain' | 'accent' | 'ok' | 'warn' | 'danger' | 'practice';

/** The form beside the colour: an icon's name in `StateChip`. */
export type Form =
  'working' | 'active' | 'soon' | 'over' | 'open' | 'cut' | 'done' | 'failed' | 'ghost' | 'alarm';

export interface Look {
  word: string;
  tone: Tone;
  form: Form;
  /** More to say, where there is. */
  detail: string | null;
}

/** Leases that end within this time are "soon". */
export const SOON_MS = 15 * 60_000;

export const isOpen = (lease: LeaseView): boolean =>
  lease.state === 'issuing' ||
  lease.state === 'active' ||
  lease.state === 'revoking' ||
  lease.state === 'access-cut';

export const isOver = (lease: LeaseView, now: number): boolean => millis(lease.expires_at) <= now;

/** It can be renewed: active, and its time is not over. */
export const isRenewable = (lease: LeaseView, now: number): boolean =>
  lease.state === 'active' && !isOver(lease, now);

/** A person should look at it. */
export const needsAttention = (lease: LeaseView): boolean =>
  lease.alarm !== null || (isOpen(lease) && lease.attempts > 0 && lease.reason !== null);

function cleanUp(lease: LeaseView): string | null {
  if (!lease.cleanup) return null;
  const { done, total, blocked_by } = lease.cleanup;
  return `clean-up ${done}/${total}${blocked_by ? `, blocked by ${blocked_by}` : ''}`;
}

const WHY_ENDED = {
  by_us: 'by us',
  expired: 'expired',
  gone_outside: 'gone outside',
  issue_failed: 'undone',
} as const;

export function lookOf(lease: LeaseView, now: number): Look {
  if (lease.alarm !== null && isOpen(lease)) {
    return { word: 'Alarm', tone: 'danger', form: 'alarm', detail: lease.alarm };
  }
  switch (lease.state) {
    case 'issuing':
      return { word: 'Issuing', tone: 'plain', form: 'working', detail: null };
    case 'active':
      if (isOver(lease, now)) {
        return { word: 'Expired', tone: 'plain', form: 'over', detail: 'AWS denies the key' };
      }
      return millis(lease.expires_at) - now <= SOON_MS
        ? { word: 'Ends soon', tone: 'warn', form: 'soon', detail: null }
        : { word: 'Active', tone: 'ok', form: 'active', detail: null };
    case 'revoking':
      return isOver(lease, now)
        ? { word: 'Revoking', tone: 'warn', form: 'working', detail: 'AWS denies the key' }
        : { word: 'Revoking', tone: 'danger', form: 'open', detail: 'access still open' };
    case 'access-cut':
      return { word: 'Access cut', tone: 'danger', form: 'cut', detail: cleanUp(lease) };
    case 'revoked':
      return {
        word: 'Revoked',
        tone: 'plain',
        form: 'done',
        detail: lease.end_reason ? WHY_ENDED[lease.end_reason] : null,
      };
    case 'failed':
      return { word: 'Failed', tone: 'plain', form: 'failed', detail: 'nothing left in AWS' };
    case 'forgotten':
      return {
        word: 'Forgotten',
        tone: 'danger',
        form: 'ghost',
        detail: 'the user may still exist',
      };
  }
}

/** What is left of the lease's time, 0 to 1. */
export function fractionLeft(issuedAt: string | null, expiresAt: string, now: number): number {
  const end = millis(expiresAt);
  const start = issuedAt === null ? now : millis(issuedAt);
  if (end <= start) return 0;
  return Math.min(1, Math.max(0, (end - now) / (end - start)));
}

/** One sentence on when it ends or ended: `ends 15:23 · in 9 min`, `ended yesterday 12:00`. */
export function endWords(lease: LeaseView, now: number): { absolute: string; relative: string } {
  const rests =
    lease.state === 'revoked' || lease.state === 'failed' || lease.state === 'forgotten';
  const at = millis(rests ? (lease.ended_at ?? lease.expires_at) : lease.expires_at);
  return { absolute: shortAbsolute(at, now), relative: relative(at, now) };
}

/** How long the key took to work, behind the word *usable*. */
export const usableWords = (ms: number): string =>
  ms < 50 ? 'at once' : `after ${(ms / 1000).toFixed(1)} s`;
