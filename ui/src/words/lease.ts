// How a lease looks at a moment: one word, one tone, one form. *Expiring* and *expired* are seen here, not stored.
import { TRIED_MS } from '../api/generated/wire';
import type { LeaseView, Standing } from '../api/types';
import { millis, relative, shortAbsolute } from '../time/moment';
import { requesterName } from './identity';

export type Tone = 'plain' | 'accent' | 'ok' | 'warn' | 'danger' | 'practice';

/** The form beside the colour: an icon's name in `StateChip`. */
export type Form =
  | 'working'
  | 'queued'
  | 'active'
  | 'soon'
  | 'over'
  | 'open'
  | 'cut'
  | 'done'
  | 'failed'
  | 'ghost'
  | 'alarm';

export interface Look {
  word: string;
  tone: Tone;
  form: Form;
  /** More to say, where there is. */
  detail: string | null;
}

/** What a lease is, where it is no IAM user: AWS ends its session by itself, and nobody extends it. */
export const isSession = (lease: LeaseView): boolean => lease.credential.kind !== 'iam_user';

/** Leases that end within this time are "soon". */
export const SOON_MS = 15 * 60_000;

export { TRIED_MS };

/** For how long a fresh key has been tried, in milliseconds; null when it is not: it works, or nobody tries it any more. */
export function triedFor(lease: LeaseView, now: number): number | null {
  if (lease.state !== 'active' || lease.usable_after_ms !== null || lease.issued_at === null) {
    return null;
  }
  const tried = Math.max(0, now - millis(lease.issued_at));
  return tried <= TRIED_MS && !isOver(lease, now) ? tried : null;
}

/** `key being tried, 4 s` */
function beingTried(lease: LeaseView, now: number): string | null {
  const tried = triedFor(lease, now);
  return tried === null ? null : `key being tried, ${Math.floor(tried / 1000)} s`;
}

const FROM: Record<string, string> = {
  window: 'from the window',
  cli: 'from the terminal',
  preflight: 'by a pre-flight',
};

/** `from the window`, or who it was. */
export const askedFrom = (lease: LeaseView): string =>
  FROM[lease.requested_by] ?? `by ${requesterName(lease.requested_by)}`;

export const isOpen = (lease: LeaseView): boolean =>
  lease.state === 'issuing' ||
  lease.state === 'active' ||
  lease.state === 'revoking' ||
  lease.state === 'access-cut';

export const isOver = (lease: LeaseView, now: number): boolean => millis(lease.expires_at) <= now;

/**
 * It can be renewed: active, its time is not over, and its end was not asked for. One whose key leaked or whose user is
 * another's is not offered for it.
 */
export function isRenewable(lease: LeaseView, now: number): boolean {
  const kind = foundKind(lease);
  return (
    lease.renewable &&
    lease.state === 'active' &&
    !isOver(lease, now) &&
    lease.end_asked_at === null &&
    kind !== 'leak' &&
    kind !== 'foreign'
  );
}

/** It can be revoked by hand: its access is open, something can cut it, and its end was not asked for. */
export const isRevocable = (lease: LeaseView): boolean =>
  (lease.state === 'active' || lease.state === 'issuing') &&
  lease.end_asked_at === null &&
  lease.revoke_effect !== 'ends_by_itself';

/** Its end can be tried again now: it is under way, and does not merely wait for a session to be over. */
export const isRetryable = (lease: LeaseView): boolean =>
  isOpen(lease) &&
  lease.state !== 'active' &&
  lease.end_asked_at === null &&
  !(isSession(lease) && lease.state === 'access-cut' && lease.attempts === 0);

/** A person should look at it. */
export const needsAttention = (lease: LeaseView): boolean =>
  lease.alarm !== null || (isOpen(lease) && lease.attempts > 0 && lease.reason !== null);

/** What kind of alarm a person has not seen yet. */
export type AlarmKind = 'leak' | 'foreign' | 'drift' | 'other';

const ALARM_WORDS: Record<AlarmKind, string> = {
  leak: 'Key leaked',
  foreign: 'Foreign user',
  drift: 'Changed outside',
  other: 'Alarm',
};

export function alarmOf(lease: LeaseView): AlarmKind | null {
  if (lease.alarm === null) return null;
  return foundKind(lease) ?? 'other';
}

/** The same, also once it was seen. AWS's own policy is a leak whether or not a look was finished. */
export function foundKind(lease: LeaseView): AlarmKind | null {
  if (lease.standing === 'quarantined' || /quarantine/i.test(lease.alarm ?? '')) return 'leak';
  if (lease.standing === 'foreign') return 'foreign';
  if (lease.standing === 'drifted') return 'drift';
  return null;
}

/** What a person must look at, gravest first. */
export interface AttentionGroup {
  kind: AlarmKind | 'blocked' | 'failing';
  title: string;
  leases: LeaseView[];
}

const GROUPS: [AttentionGroup['kind'], string][] = [
  ['leak', 'Found in public: the key is known to others'],
  ['foreign', 'Another user stands under the name'],
  ['drift', 'Changed outside Leasehold'],
  ['other', 'Needs a look'],
  ['blocked', 'Blocked: AWS refuses until something is allowed or removed'],
  ['failing', 'Not ended yet: tried again by itself'],
];

export function inGroups(leases: readonly LeaseView[]): AttentionGroup[] {
  const kindOf = (lease: LeaseView): AttentionGroup['kind'] =>
    alarmOf(lease) ?? (lease.cleanup?.blocked_by ? 'blocked' : 'failing');
  return GROUPS.map(([kind, title]) => ({
    kind,
    title,
    leases: leases.filter((lease) => kindOf(lease) === kind),
  })).filter((group) => group.leases.length > 0);
}

/** How it stood when it was last compared, in few words. */
export const STANDINGS: Record<Standing, string> = {
  live: 'as recorded',
  put_right: 'put right',
  drifted: 'changed outside',
  ledger_behind: 'AWS knew a later end; taken over',
  quarantined: 'quarantined by AWS',
  foreign: 'another user under the name',
  not_seen: 'not seen in AWS yet',
  gone: 'gone in AWS',
  unknown: 'AWS could not be asked',
};

/** How it came to rest, told to a person. */
export function endingOf(
  lease: LeaseView,
): { title: string; text: string; tone: 'ok' | 'info' | 'danger' } | null {
  const user = lease.user_name;
  const where = `account ${lease.account_id}`;
  switch (lease.state) {
    case 'revoked':
      switch (lease.end_reason) {
        case 'expired':
          return {
            title: 'Ended on time',
            text: 'AWS denied its key from its expiry on, and confirmed that its user is gone.',
            tone: 'ok',
          };
        case 'gone_outside':
          return {
            title: 'Removed by somebody else',
            text: `The user was deleted in AWS and not by Leasehold. AWS says that neither it nor its key is there.`,
            tone: 'info',
          };
        default:
          return {
            title: 'Revoked here',
            text: isSession(lease)
              ? 'AWS confirmed that everything is denied to its session.'
              : 'AWS confirmed that its user and its key are gone.',
            tone: 'ok',
          };
      }
    case 'expired':
      return {
        title: 'Ended by itself',
        text: 'Its time was over, and AWS ended the session. Nothing had to be taken away.',
        tone: 'ok',
      };
    case 'failed':
      return {
        title: 'Never became active',
        text: isSession(lease)
          ? 'It could not be issued. If AWS opened a session for it, nobody had its key, and its time is over.'
          : 'It could not be issued. Whatever had been made for it was undone: nothing is left in AWS.',
        tone: 'info',
      };
    case 'forgotten':
      if (isSession(lease)) {
        return {
          title: 'Given up by a person',
          text: `Leasehold does not touch it any more. A policy that denies its session may still be on the role, in ${where}.`,
          tone: 'danger',
        };
      }
      return {
        title: 'Given up by a person',
        text: `Leasehold does not touch it any more. The user ${user} may still exist in ${where}: look there, and delete it by hand.`,
        tone: 'danger',
      };
    default:
      return null;
  }
}

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
  const alarm = alarmOf(lease);
  if (alarm !== null && isOpen(lease)) {
    return { word: ALARM_WORDS[alarm], tone: 'danger', form: 'alarm', detail: lease.alarm };
  }
  if (lease.end_asked_at !== null && isOpen(lease)) {
    return { word: 'To be revoked', tone: 'warn', form: 'queued', detail: 'waits its turn' };
  }
  switch (lease.state) {
    case 'issuing':
      return { word: 'Issuing', tone: 'plain', form: 'working', detail: null };
    case 'active':
      if (isOver(lease, now)) {
        const detail = isSession(lease) ? 'its session is over' : 'AWS denies the key';
        return { word: 'Expired', tone: 'plain', form: 'over', detail };
      }
      return millis(lease.expires_at) - now <= SOON_MS
        ? { word: 'Ends soon', tone: 'warn', form: 'soon', detail: beingTried(lease, now) }
        : { word: 'Active', tone: 'ok', form: 'active', detail: beingTried(lease, now) };
    case 'revoking':
      if (lease.revoke_effect === 'ends_by_itself' && !isOver(lease, now)) {
        const detail = `access open until ${shortAbsolute(millis(lease.expires_at), now)}`;
        return { word: 'Ends by itself', tone: 'danger', form: 'open', detail };
      }
      return isOver(lease, now)
        ? { word: 'Revoking', tone: 'warn', form: 'working', detail: 'AWS denies the key' }
        : { word: 'Revoking', tone: 'danger', form: 'open', detail: 'access still open' };
    case 'access-cut':
      if (isSession(lease) && lease.attempts === 0) {
        const detail = 'everything is denied to it';
        return { word: 'Access cut', tone: 'plain', form: 'cut', detail };
      }
      return { word: 'Access cut', tone: 'danger', form: 'cut', detail: cleanUp(lease) };
    case 'revoked':
      return {
        word: 'Revoked',
        tone: 'plain',
        form: 'done',
        detail: lease.end_reason ? WHY_ENDED[lease.end_reason] : null,
      };
    case 'expired':
      return { word: 'Ended', tone: 'plain', form: 'done', detail: 'by itself' };
    case 'failed':
      return { word: 'Failed', tone: 'plain', form: 'failed', detail: 'nothing left in AWS' };
    case 'forgotten':
      return {
        word: 'Forgotten',
        tone: 'danger',
        form: 'ghost',
        detail: isSession(lease) ? 'its deny may still stand' : 'the user may still exist',
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
  const at = millis(!isOpen(lease) ? (lease.ended_at ?? lease.expires_at) : lease.expires_at);
  return { absolute: shortAbsolute(at, now), relative: relative(at, now) };
}

/** How long the key took to work, behind the word *usable*. */
export const usableWords = (ms: number): string =>
  ms < 50 ? 'at once' : `after ${(ms / 1000).toFixed(1)} s`;
