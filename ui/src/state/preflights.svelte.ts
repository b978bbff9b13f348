// Pre-flights under way, by dynamic secret: they go on, and are shown again, while one looks at something else.
import { SvelteMap } from 'svelte/reactivity';
import type { Commands } from '../api/commands';
import { asProblem } from '../api/problem';
import type { Event, LeaseView, Preflight, Problem } from '../api/types';

export interface Flight {
  canary: boolean;
  /** This computer's time at its begin. */
  since: number;
  /** The canary's own lease, as soon as the engine tells of it. */
  lease: LeaseView | null;
}

/** A canary's lease is asked for by no person. */
const isCanary = (lease: LeaseView): boolean => lease.requested_by === 'preflight';

export class Preflights {
  private readonly flights = new SvelteMap<string, Flight>();
  private readonly problems = new SvelteMap<string, Problem>();

  constructor(
    private readonly api: Commands,
    /** Called when an answer is there, so that the secrets are asked for anew. */
    private readonly landed: (secretId: string, preflight: Preflight) => void,
  ) {}

  of(secretId: string): Flight | null {
    return this.flights.get(secretId) ?? null;
  }

  problemOf(secretId: string): Problem | null {
    return this.problems.get(secretId) ?? null;
  }

  /** Looks by probes, or flies a canary; one at a time for each secret. */
  async run(secretId: string, canary: boolean): Promise<void> {
    if (this.flights.has(secretId)) return;
    this.flights.set(secretId, { canary, since: Date.now(), lease: null });
    this.problems.delete(secretId);
    try {
      this.landed(secretId, await this.api.preflight(secretId, canary));
    } catch (rejection) {
      this.problems.set(secretId, asProblem(rejection));
    } finally {
      this.flights.delete(secretId);
    }
  }

  hear = (event: Event): void => {
    if (event.kind !== 'lease_changed' || event.lease.secret_id === null) return;
    const flight = this.flights.get(event.lease.secret_id);
    if (!flight?.canary || !isCanary(event.lease)) return;
    this.flights.set(event.lease.secret_id, { ...flight, lease: event.lease });
  };
}
