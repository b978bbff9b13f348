// A few pages of the leases that ever were, however many those are. What is looked at stays where it is: a lease that
// changes keeps its place, and a new one comes in where nothing else moves, or is counted.
import { SvelteSet } from 'svelte/reactivity';
import type { Commands } from '../api/commands';
import { asProblem } from '../api/problem';
import type { LeasePageQuery, LeaseView, Problem } from '../api/types';
import { millis } from '../time/moment';
import { isOpen, needsAttention } from '../words/lease';

/** Leases that are asked for at once. */
export const PAGE_LEASES = 100;
/** Pages that stay in memory and on the screen: those before and after are asked for again. */
export const KEPT_PAGES = 3;

/** Which leases, in which order: all of a query but its place. */
export type HistoryQuery = Omit<LeasePageQuery, 'after' | 'before' | 'limit'>;

export const ALL_LEASES: HistoryQuery = {
  set: 'all',
  secret_id: null,
  connection: null,
  environment: null,
  search: null,
  sort: 'issued',
  ascending: false,
};

/** A page, and where it begins and ends. */
interface Page {
  leases: LeaseView[];
  first: string | null;
  last: string | null;
}

export class LeaseHistory {
  problem = $state.raw<Problem | null>(null);
  /** Why the next page could not be had. */
  moreProblem = $state.raw<Problem | null>(null);
  /** Which page is being asked for. */
  busy = $state<'all' | 'before' | 'after' | null>(null);
  /** How many there are, without regard to pages; null before the first answer. */
  total = $state<number | null>(null);
  /** There are more than were counted. */
  uncounted = $state(false);
  hasBefore = $state(false);
  hasAfter = $state(false);
  private pages = $state.raw<Page[] | null>(null);
  private query: HistoryQuery | null = null;
  private asked = 0;
  private turn = 0;
  private readonly unseen = new SvelteSet<string>();

  constructor(private readonly api: Commands) {}

  /** How many new ones there are that are in none of the pages. */
  get fresh(): number {
    return this.unseen.size;
  }

  /** The leases that are kept, in their order; null before the first answer. */
  readonly leases = $derived.by(() => {
    if (this.pages === null) return null;
    const all = this.pages.flatMap((page) => page.leases);
    // One that moved in the order while pages were asked for may be in two of them.
    return this.pages.length === 1
      ? all
      : all.filter(({ id }, index) => all.findIndex((lease) => lease.id === id) === index);
  });

  /** Loads what the query says, where it says something else than before. */
  follow(query: HistoryQuery): void {
    if (JSON.stringify(query) === JSON.stringify(this.query)) return;
    this.query = query;
    void this.load();
  }

  /** The first page. What was there stays until it comes. */
  load = async (): Promise<void> => {
    const query = this.query;
    if (query === null) return;
    this.turn += 1;
    const turn = this.turn;
    this.busy = 'all';
    this.moreProblem = null;
    const asked = Date.now();
    try {
      const page = await this.api.leasePage({
        ...query,
        after: null,
        before: null,
        limit: PAGE_LEASES,
      });
      if (turn !== this.turn) return;
      this.pages = [page];
      this.total = page.total;
      this.uncounted = page.uncounted;
      this.hasBefore = false;
      this.hasAfter = page.more;
      this.problem = null;
      this.asked = asked;
      this.unseen.clear();
    } catch (rejection) {
      if (turn === this.turn) this.problem = asProblem(rejection);
    } finally {
      if (turn === this.turn) this.busy = null;
    }
  };

  /** The page after the last one; the first one goes where there are too many. */
  after = (): Promise<void> => {
    const mark = this.pages?.at(-1)?.last ?? null;
    if (!this.hasAfter || mark === null) return Promise.resolve();
    return this.more('after', mark, (page, more) => {
      const pages = [...(this.pages ?? []), page];
      this.hasAfter = more;
      if (pages.length > KEPT_PAGES) this.hasBefore = true;
      this.pages = pages.slice(-KEPT_PAGES);
    });
  };

  /** The page before the first one; the last one goes where there are too many. */
  before = (): Promise<void> => {
    const mark = this.pages?.[0]?.first ?? null;
    if (!this.hasBefore || mark === null) return Promise.resolve();
    return this.more('before', mark, (page, more) => {
      const pages = [page, ...(this.pages ?? [])];
      this.hasBefore = more;
      if (pages.length > KEPT_PAGES) this.hasAfter = true;
      this.pages = pages.slice(0, KEPT_PAGES);
    });
  };

  private async more(
    side: 'before' | 'after',
    mark: string,
    put: (page: Page, more: boolean) => void,
  ): Promise<void> {
    const query = this.query;
    if (this.busy !== null || query === null) return;
    const turn = this.turn;
    this.busy = side;
    this.moreProblem = null;
    try {
      const page = await this.api.leasePage({
        ...query,
        after: null,
        before: null,
        [side]: mark,
        limit: PAGE_LEASES,
      });
      if (turn === this.turn) put(page, page.more);
    } catch (rejection) {
      if (turn === this.turn) this.moreProblem = asProblem(rejection);
    } finally {
      if (turn === this.turn) this.busy = null;
    }
  }

  /** A lease is otherwise now, or there is one more. */
  hear(lease: LeaseView): void {
    const { pages, query } = this;
    if (pages === null || query === null) return;
    const place = pages.findIndex((page) => page.leases.some(({ id }) => id === lease.id));
    const known = pages[place];
    if (known) {
      const leases = known.leases.map((other) => (other.id === lease.id ? lease : other));
      this.pages = pages.with(place, { ...known, leases });
      return;
    }
    if (!this.isNew(lease, query) || this.unseen.has(lease.id)) return;
    this.total = (this.total ?? 0) + 1;
    const [first] = pages;
    const count = pages.reduce((sum, page) => sum + page.leases.length, 0);
    if (
      first &&
      query.set === 'all' &&
      query.sort === 'issued' &&
      !query.ascending &&
      !this.hasBefore &&
      count < KEPT_PAGES * PAGE_LEASES
    ) {
      this.pages = [{ ...first, leases: [lease, ...first.leases] }, ...pages.slice(1)];
    } else {
      this.unseen.add(lease.id);
    }
  }

  /** It was not there when the list was made, and would be in one that is made now. */
  private isNew(lease: LeaseView, query: HistoryQuery): boolean {
    if (query.secret_id !== null && lease.secret_id !== query.secret_id) return false;
    if (query.connection !== null && lease.connection !== query.connection) return false;
    if (query.environment !== null && lease.environment !== query.environment) return false;
    // Whether a search finds it, the engine knows.
    if (query.search !== null) return false;
    switch (query.set) {
      case 'ended':
        return !isOpen(lease);
      case 'attention':
        return needsAttention(lease);
      case 'all':
        return millis(lease.created_at) >= this.asked;
    }
  }
}
