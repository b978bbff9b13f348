// Ending the application while leases are open: keep them, or revoke them all and quit once AWS confirmed it.
import { asProblem } from '../api/problem';
import type { Commands } from '../api/commands';
import type { LeaseView, Problem } from '../api/types';
import type { Bulk } from './bulk.svelte';

/** Asked; revoking before the end; not all of it confirmed. */
export type QuitPhase = 'asked' | 'revoking' | 'unfinished';

export class Quitting {
  phase = $state.raw<QuitPhase | null>(null);
  /** The window was closed, and there is no tray to stay in. */
  withoutTray = $state(false);
  problem = $state.raw<Problem | null>(null);

  constructor(
    private readonly api: Commands,
    readonly bulk: Bulk,
    private readonly live: () => LeaseView[],
    private readonly untaken: () => number,
  ) {}

  /** Leases whose access is open now. */
  get leases(): LeaseView[] {
    return this.live();
  }

  /** Keys on show that nobody has taken. */
  get keys(): number {
    return this.untaken();
  }

  ask(withoutTray: boolean): void {
    if (this.phase !== null) return;
    this.withoutTray = withoutTray;
    this.problem = null;
    this.phase = 'asked';
  }

  /** Stays. What a revoke has begun is finished all the same. */
  cancel = (): void => {
    if (this.phase === 'revoking') {
      void this.bulk.stop();
      return;
    }
    this.phase = null;
  };

  /** Quits; the leases end on time by themselves. */
  quit = async (): Promise<void> => {
    this.problem = null;
    try {
      await this.api.quit();
      this.phase = null;
    } catch (rejection) {
      this.problem = asProblem(rejection);
    }
  };

  /** Revokes all, and quits when AWS confirmed each. */
  revokeThenQuit = async (): Promise<void> => {
    if (this.phase === 'revoking' || this.bulk.busy) return;
    this.phase = 'revoking';
    this.problem = null;
    await this.bulk.start(this.leases);
    const report = this.bulk.report;
    if (this.bulk.problem || !report) {
      this.problem = this.bulk.problem;
      this.phase = 'asked';
    } else if (report.untouched.length > 0) {
      // It was called off: whoever did that wants to stay.
      this.phase = null;
    } else if (report.pending.length > 0) {
      this.phase = 'unfinished';
    } else {
      await this.quit();
    }
  };
}
