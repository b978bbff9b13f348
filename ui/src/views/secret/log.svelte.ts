// What the activity log has about one dynamic secret: its newest lines, kept current, and older ones on demand.
import { SvelteSet } from 'svelte/reactivity';
import { asProblem } from '../../api/problem';
import type { ActivityEntry, Problem, SecretView } from '../../api/types';
import { asQuery, NO_FILTER } from '../../state/activityfilter';
import type { Desk } from '../../state/desk.svelte';
import { LOOK_EVERY_MS, PAGE_LINES } from '../activity/activity.svelte';

/** More lines than these are read on the screen of activity, which keeps only some of them. */
export const MOST_LINES = 400;

export class SecretLog {
  entries = $state.raw<ActivityEntry[] | null>(null);
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);
  readonly open = new SvelteSet<number>();
  private next = $state<number | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private turn = 0;

  constructor(
    private readonly desk: Desk,
    private readonly secret: () => SecretView | null,
  ) {}

  get hasOlder(): boolean {
    return this.next !== null && (this.entries?.length ?? 0) < MOST_LINES;
  }

  /** There are more than are read here. */
  get hasMore(): boolean {
    return this.next !== null && !this.hasOlder;
  }

  start(): () => void {
    void this.load();
    const forget = this.desk.onEngine((event) => {
      if (event.kind === 'activity_changed') this.soon();
    });
    return () => {
      forget();
      clearTimeout(this.timer);
      this.turn += 1;
    };
  }

  load = (): Promise<void> => this.ask(null, (entries) => entries);

  older = (): Promise<void> =>
    this.ask(this.next, (entries) => [...(this.entries ?? []), ...entries]);

  toggle(seq: number): void {
    if (!this.open.delete(seq)) this.open.add(seq);
  }

  private soon(): void {
    // Whoever reads older lines is not taken back to the newest.
    if (this.timer !== undefined || (this.entries?.length ?? 0) > PAGE_LINES) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.load();
    }, LOOK_EVERY_MS);
  }

  private async ask(
    before: number | null,
    put: (entries: ActivityEntry[]) => ActivityEntry[],
  ): Promise<void> {
    const secret = this.secret();
    if (!secret) return;
    this.turn += 1;
    const turn = this.turn;
    this.busy = true;
    const filter = { ...NO_FILTER, secret: secret.id };
    try {
      const page = await this.desk.api.activity(
        asQuery(filter, Date.now(), { before, limit: PAGE_LINES }),
      );
      if (turn !== this.turn) return;
      this.entries = put(page.entries);
      this.next = page.before;
      this.problem = null;
    } catch (rejection) {
      if (turn === this.turn) this.problem = asProblem(rejection);
    } finally {
      if (turn === this.turn) this.busy = false;
    }
  }
}
