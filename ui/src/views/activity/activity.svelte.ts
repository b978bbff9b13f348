// The activity log at a window's width: a few pages of it at a time, however long it is, filtered, checked and taken along.
import { SvelteSet } from 'svelte/reactivity';
import { asProblem } from '../../api/problem';
import type { ActivityCheck, ActivityEntry, ExportFormat, Problem } from '../../api/types';
import { asQuery, NO_FILTER, type ActivityFilter } from '../../state/activityfilter';
import type { Desk } from '../../state/desk.svelte';
import { dayWord, millis } from '../../time/moment';
import { nameOptions, secretOptions } from '../../words/names';

/** Lines that are asked for at once. */
export const PAGE_LINES = 100;
/** Pages that stay in memory and on the screen: older and newer ones are asked for again. */
export const KEPT_PAGES = 4;
/** How long typing rests before the log is searched. */
export const SEARCH_AFTER_MS = 250;
/** At most this often it is looked for new lines, however fast they are written. */
export const LOOK_EVERY_MS = 1000;
/** Lines shown above one that is jumped to. */
const LINES_ABOVE = 20;

/** A page, and what to ask for to get it once more; the log only grows at its end, so it is the same then. */
interface Page {
  before: number | null;
  entries: ActivityEntry[];
}

export interface Day {
  label: string;
  entries: ActivityEntry[];
}

/** The entries under the day they were written on, in their order. */
export function inDays(entries: readonly ActivityEntry[], now: number): Day[] {
  const days: Day[] = [];
  for (const entry of entries) {
    const label = dayWord(millis(entry.at), now);
    const last = days.at(-1);
    if (last?.label === label) last.entries.push(entry);
    else days.push({ label, entries: [entry] });
  }
  return days;
}

export class ActivityModel {
  /** What is typed into the search; becomes the filter's when typing rests. */
  typed = $state('');
  problem = $state.raw<Problem | null>(null);
  /** Which lines are being asked for. */
  busy = $state<'all' | 'older' | 'newer' | null>(null);
  /** Why older or newer ones could not be had. */
  moreProblem = $state.raw<Problem | null>(null);
  /** New lines since the list was loaded; a whole page means "at least". */
  fresh = $state(0);
  /** The line that was jumped to: what is newer lies above the list. */
  from = $state<number | null>(null);
  readonly open = new SvelteSet<number>();

  checking = $state(false);
  check = $state.raw<ActivityCheck | null>(null);
  checkProblem = $state.raw<Problem | null>(null);

  exporting = $state(false);
  exported = $state.raw<{ path: string; entries: number } | null>(null);
  exportProblem = $state.raw<Problem | null>(null);

  private pages = $state.raw<Page[] | null>(null);
  /** What the pages above the first kept one were asked with. */
  private above = $state.raw<(number | null)[]>([]);
  private next = $state<number | null>(null);
  private head = 0;
  /** The filter of what is on the screen, or of what is being asked for. */
  private loadedFor: ActivityFilter | null = null;
  private askedAt = 0;
  private turn = 0;
  private lookTimer: ReturnType<typeof setTimeout> | undefined;
  private typing: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly desk: Desk) {
    this.typed = desk.router.activity.search;
  }

  get filter(): ActivityFilter {
    return this.desk.router.activity;
  }

  /** The lines that are kept; null before the first answer. */
  readonly entries = $derived.by(() => this.pages?.flatMap((page) => page.entries) ?? null);

  get hasOlder(): boolean {
    return this.next !== null;
  }

  get hasNewer(): boolean {
    return this.above.length > 0;
  }

  readonly secrets = $derived.by(() =>
    secretOptions(this.desk.ledger.secrets.value ?? [], this.filter.secret),
  );

  readonly connections = $derived.by(() =>
    nameOptions(
      (this.desk.ledger.connections.value ?? [])
        .map(({ name }) => name)
        .sort((a, b) => a.localeCompare(b)),
      this.filter.connection,
    ),
  );

  /** The user of the lease that is looked at, where it is known; else its id. */
  get leaseName(): string {
    const id = this.filter.lease;
    const open = this.desk.ledger.leases.value?.find((lease) => lease.id === id);
    return open?.user_name ?? id;
  }

  /** Hears of new lines until the returned function is called. */
  start(): () => void {
    const forget = this.desk.onEngine((event) => {
      if (event.kind === 'activity_changed') this.lookSoon();
    });
    return () => {
      forget();
      clearTimeout(this.lookTimer);
      clearTimeout(this.typing);
      this.lookTimer = undefined;
      this.turn += 1;
    };
  }

  /** Loads what the filter says, where it says something else than before. */
  follow(): void {
    if (this.filter === this.loadedFor) return;
    if (this.filter.search !== this.typed.trim()) this.typed = this.filter.search;
    void this.load();
  }

  /** The newest lines of the filter. What was there stays until they come. */
  load = async (): Promise<void> => {
    await this.begin(null);
    if (this.pages) this.head = this.pages[0]?.entries[0]?.seq ?? 0;
  };

  private async begin(before: number | null): Promise<void> {
    this.turn += 1;
    const turn = this.turn;
    this.busy = 'all';
    this.moreProblem = null;
    this.askedAt = Date.now();
    this.loadedFor = this.filter;
    try {
      const page = await this.ask(before, PAGE_LINES);
      if (turn !== this.turn) return;
      // A page of no lines is no page to come back to.
      this.pages = [{ before: before ?? aboveAll(page.entries), entries: page.entries }];
      this.above = [];
      this.next = page.before;
      this.problem = null;
      this.fresh = 0;
      this.from = null;
      this.open.clear();
    } catch (rejection) {
      if (turn === this.turn) this.problem = asProblem(rejection);
    } finally {
      if (turn === this.turn) this.busy = null;
    }
  }

  private ask(before: number | null, limit: number) {
    return this.desk.api.activity(asQuery(this.filter, this.askedAt, { before, limit }));
  }

  older = async (): Promise<void> => {
    const before = this.next;
    if (before === null || this.busy) return;
    await this.more('older', before, ({ entries, before: next }) => {
      const pages = [...(this.pages ?? []), { before, entries }];
      const dropped = pages.slice(0, Math.max(0, pages.length - KEPT_PAGES));
      this.pages = pages.slice(dropped.length);
      this.above = [...this.above, ...dropped.map((page) => page.before)];
      this.next = next;
    });
  };

  newer = async (): Promise<void> => {
    const before = this.above.at(-1);
    if (before === undefined || this.busy) return;
    await this.more('newer', before, ({ entries }) => {
      const pages = [{ before, entries }, ...(this.pages ?? [])];
      const kept = pages.slice(0, KEPT_PAGES);
      const [dropped] = pages.slice(KEPT_PAGES);
      if (dropped) this.next = dropped.before;
      this.pages = kept;
      this.above = this.above.slice(0, -1);
    });
  };

  private async more(
    which: 'older' | 'newer',
    before: number | null,
    put: (page: { entries: ActivityEntry[]; before: number | null }) => void,
  ): Promise<void> {
    const turn = this.turn;
    this.busy = which;
    this.moreProblem = null;
    try {
      const page = await this.ask(before, PAGE_LINES);
      if (turn === this.turn) put(page);
    } catch (rejection) {
      if (turn === this.turn) this.moreProblem = asProblem(rejection);
    } finally {
      if (turn === this.turn) this.busy = null;
    }
  }

  private lookSoon(): void {
    if (this.lookTimer !== undefined) return;
    this.lookTimer = setTimeout(() => {
      this.lookTimer = undefined;
      void this.look();
    }, LOOK_EVERY_MS);
  }

  /** Counts what is new without moving what is read; an empty or failed list has nothing to move. */
  private async look(): Promise<void> {
    if (this.problem || (this.pages !== null && this.entries?.length === 0)) return this.load();
    if (this.pages === null || this.from !== null) return;
    const turn = this.turn;
    try {
      const { entries } = await this.ask(null, PAGE_LINES);
      if (turn !== this.turn) return;
      this.fresh = entries.filter((entry) => entry.seq > this.head).length;
    } catch {
      // The next line that is written asks again.
    }
  }

  type(text: string): void {
    this.typed = text;
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.choose({ search: this.typed }), SEARCH_AFTER_MS);
  }

  choose(change: Partial<ActivityFilter>): void {
    if (change.search !== undefined) this.typed = change.search;
    this.desk.router.filterActivity(change);
  }

  clear = (): void => {
    clearTimeout(this.typing);
    this.choose(NO_FILTER);
  };

  toggleOutcome(outcome: ActivityFilter['outcomes'][number]): void {
    const { outcomes } = this.filter;
    this.choose({
      outcomes: outcomes.includes(outcome)
        ? outcomes.filter((other) => other !== outcome)
        : [...outcomes, outcome],
    });
  }

  toggle(seq: number): void {
    if (!this.open.delete(seq)) this.open.add(seq);
  }

  verify = async (): Promise<void> => {
    if (this.checking) return;
    this.checking = true;
    this.checkProblem = null;
    try {
      this.check = await this.desk.api.verifyActivity();
    } catch (rejection) {
      this.check = null;
      this.checkProblem = asProblem(rejection);
    } finally {
      this.checking = false;
    }
  };

  /** The line that is not as it was written, with a few lines around it. */
  jump = async (seq: number): Promise<void> => {
    clearTimeout(this.typing);
    this.choose(NO_FILTER);
    await this.begin(seq + LINES_ABOVE);
    if (!this.problem) this.from = seq;
  };

  exportAs = async (format: ExportFormat): Promise<void> => {
    if (this.exporting) return;
    this.exporting = true;
    this.exported = null;
    this.exportProblem = null;
    try {
      this.exported = await this.desk.api.exportActivity(format, asQuery(this.filter, Date.now()));
    } catch (rejection) {
      this.exportProblem = asProblem(rejection);
    } finally {
      this.exporting = false;
    }
  };
}

/** Asked with this, the same page comes again, without the lines that were written since. */
function aboveAll(entries: readonly ActivityEntry[]): number | null {
  const newest = entries[0]?.seq;
  return newest === undefined ? null : newest + 1;
}
