// All leases: open ones as the ledger knows them, or a few pages of the history; filtered, and in an order that holds
// while one looks. What ends meanwhile stays in its place until one leaves.
import { untrack } from 'svelte';
import type { ConnectionView, LeaseView, Problem } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { LeaseHistory, type HistoryQuery } from '../../state/history.svelte';
import { clockDifference } from '../../time/moment';
import { isOpen, needsAttention } from '../../words/lease';
import { compareBy, nextSort, StillOrder, type Sort, type SortBy } from '../../words/leaseorder';
import type { LeaseChoices, Which } from '../../state/leasechoices.svelte';
import { LeaseSelection } from './selection.svelte';

/** How long typing rests before the history is searched. */
export const SEARCH_AFTER_MS = 250;

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
  readonly history: LeaseHistory;
  /** What was typed when typing rested. */
  private searched = $state('');
  private typing: ReturnType<typeof setTimeout> | undefined;
  /** Open ones that came to rest while they were looked at. */
  private ended = $state.raw<LeaseView[]>([]);
  private readonly order = new StillOrder();

  constructor(private readonly desk: Desk) {
    this.choices = desk.leaseChoices;
    this.history = new LeaseHistory(desk.api);
    this.searched = this.choices.filter.trim();
  }

  /** Open ones are all here and live; of the others there is no end. */
  get isHistory(): boolean {
    return this.choices.which !== 'open';
  }

  /** What is shown is loaded from here. */
  get source(): { value: LeaseView[] | null; problem: Problem | null; refresh: () => void } {
    const { history } = this;
    if (!this.isHistory) return this.desk.ledger.leases;
    return { value: history.leases, problem: history.problem, refresh: history.load };
  }

  private readonly listed = $derived.by(() => {
    const found = this.desk.ledger.leases.value ?? [];
    return [...found, ...this.ended.filter(({ id }) => !found.some((open) => open.id === id))];
  });

  /** A picture of time reads from what ends next. */
  private readonly sort = $derived.by((): Sort | null =>
    this.choices.picture === 'timeline' ? { by: 'ends', down: this.isHistory } : this.choices.sort,
  );

  private readonly arranged = $derived.by(() => {
    const { which, picture } = this.choices;
    const { sort } = this;
    const way = JSON.stringify([which, picture, sort]);
    // The order is of the moment it was chosen: time that goes by does not move rows.
    const now = untrack(() => this.desk.clock.now);
    return this.order.arrange(this.listed, way, sort && compareBy(sort, now));
  });

  /** What the engine is asked for; null where everything is known. */
  readonly wanted = $derived.by((): HistoryQuery | null => {
    const { which, only } = this.choices;
    if (which === 'open') return null;
    const orNull = (text: string) => (text === '' ? null : text);
    return {
      set: which,
      secret_id: orNull(only.secret),
      connection: orNull(only.connection),
      environment: orNull(only.environment),
      search: orNull(this.searched),
      sort: this.sort?.by ?? 'issued',
      ascending: this.sort?.down === false,
    };
  });

  readonly shown = $derived.by(() => {
    if (this.isHistory) return this.history.leases ?? [];
    const { filter, only } = this.choices;
    const words = filter.trim();
    return this.arranged.filter(
      (lease) =>
        (words === '' || matches(lease, words)) &&
        (only.secret === '' || lease.secret_id === only.secret) &&
        (only.connection === '' || lease.connection === only.connection) &&
        (only.environment === '' || lease.environment === only.environment),
    );
  });

  /** How many there are: of a history more than are shown. */
  readonly count = $derived.by(() =>
    this.isHistory ? (this.history.total ?? 0) : this.shown.length - this.rested,
  );

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
  }

  /** Loads what is wanted, where that is something else than before. */
  follow(): void {
    const { wanted } = this;
    if (wanted !== null) this.history.follow(wanted);
  }

  /** What is typed is searched for once typing rests; open leases are all here and need no rest. */
  typed(): void {
    const words = this.choices.filter.trim();
    if (words === this.searched) return;
    clearTimeout(this.typing);
    this.typing = setTimeout(
      () => {
        this.searched = words;
      },
      words === '' ? 0 : SEARCH_AFTER_MS,
    );
  }

  sortBy = (by: SortBy): void => {
    this.choices.choose({ sort: nextSort(this.choices.sort, by) });
  };

  /** Takes what came to rest off the list of open ones. */
  tidy = (): void => {
    this.ended = [];
  };

  /** One that was looked at and is over is kept in sight; one that is open is in the ledger. */
  private remember(lease: LeaseView): void {
    if (this.isHistory) return;
    const others = this.ended.filter(({ id }) => id !== lease.id);
    if (!isOpen(lease) && this.order.knows(lease.id)) this.ended = [...others, lease];
    else if (others.length < this.ended.length) this.ended = others;
  }

  start(): () => void {
    this.follow();
    const forget = this.desk.ledger.onLease((lease) => {
      this.remember(lease);
      this.history.hear(lease);
    });
    const moved = this.desk.onEngine((event) => {
      if (event.kind === 'clock_moved') void this.history.load();
    });
    return () => {
      forget();
      moved();
      clearTimeout(this.typing);
    };
  }
}
