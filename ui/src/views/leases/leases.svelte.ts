// All leases: open ones as the ledger knows them, or the whole history; filtered, and in an order that holds while one
// looks. What ends meanwhile stays in its place until one leaves.
import { untrack } from 'svelte';
import type { ConnectionView, LeaseView } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { withLease } from '../../state/ledger.svelte';
import { Loaded } from '../../state/loaded.svelte';
import { clockDifference } from '../../time/moment';
import { isOpen, needsAttention } from '../../words/lease';
import { compareBy, nextSort, StillOrder, type SortBy } from '../../words/leaseorder';
import type { LeaseChoices, Which } from '../../state/leasechoices.svelte';
import { LeaseSelection } from './selection.svelte';

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
  readonly choices: LeaseChoices;
  readonly history: Loaded<LeaseView[]>;
  /** Open ones that came to rest while they were looked at. */
  private ended = $state.raw<LeaseView[]>([]);
  private readonly order = new StillOrder();

  constructor(private readonly desk: Desk) {
    this.choices = desk.leaseChoices;
    this.history = new Loaded(() => desk.api.leases(true));
  }

  /** What is shown is loaded from here. */
  get source(): Loaded<LeaseView[]> {
    return this.choices.which === 'all' ? this.history : this.desk.ledger.leases;
  }

  private readonly listed = $derived.by(() => {
    const found = this.source.value ?? [];
    if (this.choices.which === 'all') return found;
    return [...found, ...this.ended.filter(({ id }) => !found.some((open) => open.id === id))];
  });

  private readonly arranged = $derived.by(() => {
    const { which, picture } = this.choices;
    // A picture of time reads from what ends next.
    const sort =
      picture === 'timeline' ? ({ by: 'ends', down: which === 'all' } as const) : this.choices.sort;
    const way = JSON.stringify([which, picture, sort]);
    // The order is of the moment it was chosen: time that goes by does not move rows.
    const now = untrack(() => this.desk.clock.now);
    return this.order.arrange(this.listed, way, sort && compareBy(sort, now));
  });

  readonly shown = $derived.by(() => {
    const filter = this.choices.filter.trim();
    return filter === '' ? this.arranged : this.arranged.filter((lease) => matches(lease, filter));
  });

  /** How many rows are shown that would not be in a list of open ones that is made now. */
  readonly rested = $derived.by(() =>
    this.choices.which === 'open' ? this.shown.filter((lease) => !isOpen(lease)).length : 0,
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
    this.ended = [];
    this.choices.choose({ which });
    if (which === 'all') void this.history.refresh();
  }

  sort = (by: SortBy): void => {
    this.choices.choose({ sort: nextSort(this.choices.sort, by) });
  };

  /** Takes what came to rest off the list of open ones. */
  tidy = (): void => {
    this.ended = [];
  };

  /** One that was looked at and is over is kept in sight; one that is open is in the ledger. */
  private remember(lease: LeaseView): void {
    if (this.choices.which === 'all') return;
    const others = this.ended.filter(({ id }) => id !== lease.id);
    if (!isOpen(lease) && this.order.knows(lease.id)) this.ended = [...others, lease];
    else if (others.length < this.ended.length) this.ended = others;
  }

  start(): () => void {
    if (this.choices.which === 'all') void this.history.refresh();
    const forget = this.desk.ledger.onLease((lease) => {
      this.remember(lease);
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
