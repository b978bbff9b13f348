// Leases whose end is near, and those that just ended: said once at each stage, and on show until it is moot. A renewal or
// a revoke takes the note away without a word.
import type { LeaseView } from '../api/types';
import { clockTime, millis } from '../time/moment';
import type { Desk } from './desk.svelte';

/** How near, the nearer the later. */
export type Stage = 'five' | 'one' | 'ended';

const MINUTE_MS = 60_000;
const ORDER: (Stage | null)[] = [null, 'five', 'one', 'ended'];
/** So many are named; of more the number. */
const NAMED = 3;

interface Told {
  secret: string;
  expires: number;
  offset: number;
  stage: Stage | null;
  /** The stage at which a person put the note away. */
  dismissed: Stage | null;
}

export interface Near {
  lease: LeaseView;
  stage: Stage;
  ends: number;
  now: number;
}

function stageOf(expires: number, now: number): Stage | null {
  const left = expires - now;
  if (left <= 0) return 'ended';
  if (left <= MINUTE_MS) return 'one';
  return left <= 5 * MINUTE_MS ? 'five' : null;
}

const listed = (names: readonly string[]): string =>
  names.length > NAMED
    ? `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more`
    : names.join(names.length === 2 ? ' and ' : ', ');

export class Expiries {
  /** Read aloud when there is time. */
  said = $state('');
  /** Read aloud at once: a minute is left. */
  urgent = $state('');
  /** What is on show, the nearest first. */
  near = $state.raw<readonly Near[]>([]);
  private told: Record<string, Told> = {};

  constructor(private readonly desk: Desk) {}

  /** Looks at every open lease as of now; for an effect that follows the clock and the ledger. */
  look(leases: readonly LeaseView[]): void {
    const next: Record<string, Told> = {};
    const reached: Record<Stage, Told[]> = { five: [], one: [], ended: [] };
    const near: Near[] = [];
    for (const lease of leases) {
      if (lease.state !== 'active' || lease.end_asked_at !== null) continue;
      const expires = millis(lease.expires_at);
      const now = this.desk.clock.aws(lease.clock_offset_ms);
      const before = this.told[lease.id];
      // A renewal begins anew.
      const same = before?.expires === expires ? before : null;
      const stage = stageOf(expires, now);
      const told: Told = {
        secret: lease.secret,
        expires,
        offset: lease.clock_offset_ms,
        stage,
        dismissed: same?.dismissed ?? null,
      };
      next[lease.id] = told;
      // What was over when it was first seen is no news.
      const news = ORDER.indexOf(stage) > ORDER.indexOf(same?.stage ?? null);
      if (stage && news && (stage !== 'ended' || before)) reached[stage].push(told);
      if (stage === 'five' || stage === 'one') {
        if (told.dismissed !== stage) near.push({ lease, stage, ends: expires, now });
      }
    }
    for (const [id, told] of Object.entries(this.told)) {
      // The engine was faster than the tick, and took it off the list. One that went before its time was revoked.
      const over = told.expires <= this.desk.clock.aws(told.offset);
      if (!next[id] && over && told.stage !== 'ended') reached.ended.push(told);
    }
    this.told = next;
    this.near = near.sort((a, b) => a.ends - a.now - (b.ends - b.now));
    this.tell(reached);
  }

  dismiss = (): void => {
    for (const { lease, stage } of this.near) {
      const told = this.told[lease.id];
      if (told) told.dismissed = stage;
    }
    this.near = [];
  };

  private tell({ five, one, ended }: Record<Stage, Told[]>): void {
    if (five.length > 0) this.said = endsWords(five, 'in 5 minutes or less');
    if (one.length > 0) this.urgent = endsWords(one, 'within a minute');
    if (ended.length === 0) return;
    const names = listed(unique(ended));
    this.desk.toasts.say(
      'warn',
      ended.length === 1
        ? `The lease of ${names} has ended.`
        : `${ended.length} leases have ended.`,
      ended.length === 1 ? 'AWS denies its key from now on.' : `AWS denies their keys: ${names}.`,
      { about: 'ended' },
    );
  }
}

const unique = (told: readonly Told[]): string[] => [...new Set(told.map(({ secret }) => secret))];

function endsWords(told: readonly Told[], when: string): string {
  const [only, ...more] = told;
  if (only && more.length === 0) {
    return `The lease of ${only.secret} ends ${when}, at ${clockTime(only.expires)}.`;
  }
  return `${told.length} leases end ${when}: ${listed(unique(told))}.`;
}
