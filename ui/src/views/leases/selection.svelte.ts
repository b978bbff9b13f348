// Leases that are chosen to do something with many at once. One that cannot be revoked any more is not chosen any more.
import { SvelteSet } from 'svelte/reactivity';
import type { LeaseView } from '../../api/types';
import { isRevocable } from '../../words/lease';

export class LeaseSelection {
  private readonly ids = new SvelteSet<string>();
  private last: string | null = null;

  /** `rows` are the leases that are listed, in their order. */
  constructor(private readonly rows: () => readonly LeaseView[]) {}

  private readonly able = $derived.by(() => this.rows().filter(isRevocable));
  readonly leases = $derived.by(() => this.able.filter(({ id }) => this.ids.has(id)));

  get count(): number {
    return this.leases.length;
  }

  get possible(): number {
    return this.able.length;
  }

  get all(): boolean {
    return this.possible > 0 && this.count === this.possible;
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  toggle(id: string): void {
    if (this.ids.has(id)) this.ids.delete(id);
    else this.ids.add(id);
    this.last = id;
  }

  extend(id: string): void {
    const here = this.able.findIndex((lease) => lease.id === id);
    const from = this.able.findIndex((lease) => lease.id === this.last);
    if (from === -1) {
      this.ids.add(id);
    } else {
      const [first, end] = from < here ? [from, here] : [here, from];
      for (const lease of this.able.slice(first, end + 1)) this.ids.add(lease.id);
    }
    this.last = id;
  }

  toggleAll(): void {
    if (this.all) this.clear();
    else for (const { id } of this.able) this.ids.add(id);
  }

  clear = (): void => {
    this.ids.clear();
    this.last = null;
  };
}
