// All leases: open ones as the ledger knows them, or the whole history, filtered.
import type { ConnectionView, LeaseView } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { withLease } from '../../state/ledger.svelte';
import { Loaded } from '../../state/loaded.svelte';
import { clockDifference } from '../../time/moment';
import { isOpen, needsAttention } from '../../words/lease';
import { LeaseSelection } from './selection.svelte';

export type Which = 'open' | 'all';
export type Picture = 'table' | 'timeline';

function matches(lease: LeaseView, filter: string): boolean {
  const text = [
    lease.secret,
    lease.folder,
    lease.environment,
    lease.user_name,
    lease.access_key_id,
    lease.account_id,
    lease.connection,
    lease.label,
    lease.state,
  ]
    .join(' ')
    .toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** What to know about clocks that differ from this computer's, a sentence each. */
export function clockNotes(connections: readonly ConnectionView[]): string[] {
  return connections.flatMap((connection) => {
    const difference = clockDifference(connection.clock_offset_ms);
    if (difference === null) return [];
    const whose = connection.practice
      ? 'The practice clock is'
      : `AWS’s clock (${connection.name}) is`;
    return [`${whose} ${difference} this computer’s.`];
  });
}

export class LeasesModel {
  which = $state<Which>('open');
  picture = $state<Picture>('table');
  filter = $state('');
  readonly history: Loaded<LeaseView[]>;

  constructor(private readonly desk: Desk) {
    this.history = new Loaded(() => desk.api.leases(true));
  }

  /** What is shown is loaded from here. */
  get source(): Loaded<LeaseView[]> {
    return this.which === 'all' ? this.history : this.desk.ledger.leases;
  }

  readonly shown = $derived.by(() =>
    (this.source.value ?? []).filter((lease) => matches(lease, this.filter.trim())),
  );

  readonly attention = $derived.by(() =>
    (this.desk.ledger.leases.value ?? []).filter(needsAttention),
  );

  readonly clocks = $derived.by(() => {
    const used = this.shown.filter(isOpen).map((lease) => lease.connection);
    return clockNotes(
      (this.desk.ledger.connections.value ?? []).filter(({ name }) => used.includes(name)),
    );
  });

  /** Chosen among those that are shown. */
  readonly selection = new LeaseSelection(() => this.shown);

  revokeSelected = (): void => this.desk.askToRevoke(this.selection.leases, this.selection.clear);

  choose(which: Which): void {
    this.which = which;
    if (which === 'all') void this.history.refresh();
  }

  start(): () => void {
    const forget = this.desk.ledger.onLease((lease) => {
      if (this.history.value) this.history.value = withLease(this.history.value, lease);
    });
    const moved = this.desk.onEngine((event) => {
      if (event.kind === 'clock_moved' && this.history.value) void this.history.refresh();
    });
    return () => {
      forget();
      moved();
    };
  }
}
