// How a person wants to see leases: which, as what, in which order. It outlives the screen and, but for what was searched
// for, the window: the page's own storage keeps it.
import type { GroupBy, Sort } from '../words/leaseorder';

export type Which = 'open' | 'ended' | 'all' | 'attention';
export type Picture = 'table' | 'timeline';
export type Range = 'now' | 'today' | 'week' | 'open';

interface Kept {
  which: Which;
  picture: Picture;
  sort: Sort | null;
  group: GroupBy;
  range: Range;
}

const REMEMBERED = 'leasehold.leases';
const WITHOUT: Kept = { which: 'open', picture: 'table', sort: null, group: 'none', range: 'now' };
const CHOICES = {
  which: ['open', 'ended', 'all', 'attention'],
  picture: ['table', 'timeline'],
  group: ['none', 'secret', 'account'],
  range: ['now', 'today', 'week', 'open'],
} as const;
const COLUMNS = ['lease', 'state', 'issued', 'ends'];

const isSort = (sort: unknown): sort is Sort =>
  typeof sort === 'object' &&
  sort !== null &&
  'by' in sort &&
  'down' in sort &&
  COLUMNS.includes(String(sort.by)) &&
  typeof sort.down === 'boolean';

/** What was kept, as far as it is something that can be chosen today. */
function remembered(): Kept {
  let known: unknown;
  try {
    known = JSON.parse(localStorage.getItem(REMEMBERED) ?? '{}');
  } catch {
    return WITHOUT;
  }
  if (typeof known !== 'object' || known === null) return WITHOUT;
  const found = known as Record<string, unknown>;
  const chosen = Object.entries(CHOICES).filter(([name, possible]) =>
    (possible as readonly unknown[]).includes(found[name]),
  );
  return {
    ...WITHOUT,
    ...Object.fromEntries(chosen.map(([name]) => [name, found[name]])),
    sort: isSort(found['sort']) ? found['sort'] : null,
  };
}

/** One of each, or all where it is empty. */
export interface Only {
  /** Its id. */
  secret: string;
  connection: string;
  environment: string;
}

const EVERYTHING: Only = { secret: '', connection: '', environment: '' };

export class LeaseChoices {
  private kept = $state.raw<Kept>(remembered());
  /** Names and labels may stand in it: it goes with the window. */
  filter = $state('');
  only = $state.raw<Only>(EVERYTHING);

  get isFiltered(): boolean {
    return this.filter.trim() !== '' || Object.values(this.only).some((one) => one !== '');
  }

  filterBy(change: Partial<Only>): void {
    this.only = { ...this.only, ...change };
  }

  /** Everything is listed again. */
  clear = (): void => {
    this.filter = '';
    this.only = EVERYTHING;
  };

  get which(): Which {
    return this.kept.which;
  }
  get picture(): Picture {
    return this.kept.picture;
  }
  get sort(): Sort | null {
    return this.kept.sort;
  }
  get group(): GroupBy {
    return this.kept.group;
  }
  get range(): Range {
    return this.kept.range;
  }

  choose(change: Partial<Kept>): void {
    this.kept = { ...this.kept, ...change };
    try {
      localStorage.setItem(REMEMBERED, JSON.stringify(this.kept));
    } catch {
      // Storage may be full or forbidden; then it lasts as long as the page.
    }
  }
}
