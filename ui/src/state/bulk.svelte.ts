// A revoke of many leases: how far it is, how the rest is called off, and what came of it.
import type { Commands } from '../api/commands';
import { asProblem } from '../api/problem';
import type { Event, LeaseView, Problem, RevokeReport } from '../api/types';

export interface Counts {
  total: number;
  /** AWS confirmed the end. */
  revoked: number;
  /** Tried, and to be tried again. */
  pending: number;
  /** Called off before work on them began. */
  untouched: number;
}

export type Phase = 'running' | 'stopping' | 'done' | 'failed';

/** Leases that stand in the way for one reason. */
export interface PendingGroup {
  reason: string;
  ids: string[];
  /** When the first of them is tried again. */
  next: string | null;
}

const NOTHING: Counts = { total: 0, revoked: 0, pending: 0, untouched: 0 };

export class Bulk {
  phase = $state.raw<Phase | null>(null);
  counts = $state.raw<Counts>(NOTHING);
  /** What was asked for; empty for one that was found under way after a reload. */
  leases = $state.raw<readonly LeaseView[]>([]);
  report = $state.raw<RevokeReport | null>(null);
  problem = $state.raw<Problem | null>(null);
  private requestId: string | null = null;

  constructor(
    private readonly api: Commands,
    private readonly after: () => void,
  ) {}

  get busy(): boolean {
    return this.phase === 'running' || this.phase === 'stopping';
  }

  /** Neither confirmed, nor tried, nor called off so far. */
  get waiting(): number {
    const { total, revoked, pending, untouched } = this.counts;
    return Math.max(0, total - revoked - pending - untouched);
  }

  async start(leases: readonly LeaseView[]): Promise<void> {
    if (this.busy || leases.length === 0) return;
    const requestId = crypto.randomUUID();
    this.requestId = requestId;
    this.leases = leases;
    this.report = null;
    this.problem = null;
    this.counts = { ...NOTHING, total: leases.length };
    this.phase = 'running';
    try {
      const report = await this.api.revokeMany(
        leases.map(({ id }) => id),
        requestId,
      );
      this.report = report;
      this.counts = {
        total: leases.length,
        revoked: report.revoked.length,
        pending: report.pending.length,
        untouched: report.untouched.length,
      };
      this.phase = 'done';
    } catch (rejection) {
      this.problem = asProblem(rejection);
      this.phase = 'failed';
    } finally {
      this.after();
    }
  }

  /** What has begun is finished; the rest stays as it is. */
  stop = async (): Promise<void> => {
    if (this.phase !== 'running' || this.requestId === null) return;
    this.phase = 'stopping';
    try {
      await this.api.stopRevoke(this.requestId);
    } catch (rejection) {
      this.problem = asProblem(rejection);
      if (this.busy) this.phase = 'running';
    }
  };

  again = (): Promise<void> => this.start(this.leases);

  dismiss = (): void => {
    if (this.busy) return;
    this.phase = null;
    this.leases = [];
    this.report = null;
    this.problem = null;
  };

  hear = (event: Event): void => {
    if (event.kind !== 'bulk_progress') return;
    const { request_id, total, revoked, pending, untouched } = event;
    if (request_id !== this.requestId) {
      // The page was loaded anew while one goes on: it can still be followed and called off.
      if (this.phase !== null) return;
      this.requestId = request_id;
      this.leases = [];
      this.phase = 'running';
    }
    if (!this.busy) return;
    this.counts = { total, revoked, pending, untouched };
    // Its answer went to the page before; that it is over shows in the counts.
    if (this.leases.length === 0 && this.waiting === 0) {
      this.phase = 'done';
      this.after();
    }
  };

  /** What stands in the way, the most frequent first. */
  readonly reasons = $derived.by((): PendingGroup[] => {
    const groups: PendingGroup[] = [];
    for (const one of this.report?.pending ?? []) {
      const reason = one.reason ?? 'AWS has not confirmed it yet.';
      let group = groups.find((known) => known.reason === reason);
      if (!group) {
        group = { reason, ids: [], next: null };
        groups.push(group);
      }
      group.ids.push(one.id);
      if (one.next_attempt_at && (group.next === null || one.next_attempt_at < group.next)) {
        group.next = one.next_attempt_at;
      }
    }
    return groups.sort((a, b) => b.ids.length - a.ids.length);
  });
}

/** `412 revoked, 3 pending, 585 left as they were` */
export function countWords({ revoked, pending, untouched }: Counts): string {
  const parts = [
    `${revoked} revoked`,
    pending > 0 ? `${pending} pending` : null,
    untouched > 0 ? `${untouched} left as ${untouched === 1 ? 'it was' : 'they were'}` : null,
  ];
  return parts.filter((part) => part !== null).join(', ');
}
