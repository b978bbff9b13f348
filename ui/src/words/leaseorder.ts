// In which order leases stand, and in which groups. An order is kept while one looks: a row that changes stays where it is.
import type { LeaseView } from '../api/types';
import { millis } from '../time/moment';
import { isOpen, lookOf, type Form } from './lease';

export type SortBy = 'lease' | 'state' | 'issued' | 'ends';

export interface Sort {
  by: SortBy;
  down: boolean;
}

export type GroupBy = 'none' | 'secret' | 'account';

/** What a person should see first, first. */
const GRAVITY: Form[] = [
  'alarm',
  'open',
  'cut',
  'queued',
  'working',
  'soon',
  'active',
  'over',
  'ghost',
  'failed',
  'done',
];

const names = new Intl.Collator(undefined, { numeric: true });

/** By this computer's clock, so that leases of different clocks can stand beside each other. */
export const beginOf = (lease: LeaseView): number =>
  millis(lease.issued_at ?? lease.created_at) - lease.clock_offset_ms;
export const endOf = (lease: LeaseView): number =>
  millis(isOpen(lease) ? lease.expires_at : (lease.ended_at ?? lease.expires_at)) -
  lease.clock_offset_ms;

/** `now` is this computer's. */
export function compareBy({ by, down }: Sort, now: number) {
  const gravity = (lease: LeaseView) =>
    GRAVITY.indexOf(lookOf(lease, now + lease.clock_offset_ms).form);
  const compare: Record<SortBy, (a: LeaseView, b: LeaseView) => number> = {
    lease: (a, b) => names.compare(a.secret, b.secret) || names.compare(a.user_name, b.user_name),
    state: (a, b) => gravity(a) - gravity(b) || endOf(a) - endOf(b),
    issued: (a, b) => beginOf(a) - beginOf(b),
    ends: (a, b) => endOf(a) - endOf(b),
  };
  const sign = down ? -1 : 1;
  return (a: LeaseView, b: LeaseView): number => sign * compare[by](a, b);
}

/** What a press on a column's head leads to: one way, the other, and back to the order in which they came. */
export function nextSort(sort: Sort | null, by: SortBy): Sort | null {
  // The newest and the soonest are looked for most.
  const first = by === 'issued';
  if (sort?.by !== by) return { by, down: first };
  return sort.down === first ? { by, down: !first } : null;
}

/**
 * Leases in an order that is made once: what changes keeps its place, what is new comes where it belongs. Another `way`
 * makes the order anew.
 */
export class StillOrder {
  private way = '';
  private places = new Map<string, number>();

  arrange(
    leases: readonly LeaseView[],
    way: string,
    compare: ((a: LeaseView, b: LeaseView) => number) | null,
  ): LeaseView[] {
    const arranged =
      way === this.way
        ? this.fitted(leases, compare)
        : compare
          ? leases.toSorted(compare)
          : [...leases];
    this.way = way;
    this.places = new Map(arranged.map(({ id }, index) => [id, index]));
    return arranged;
  }

  /** It stood in the list when that was last looked at. */
  knows(id: string): boolean {
    return this.places.has(id);
  }

  private fitted(
    leases: readonly LeaseView[],
    compare: ((a: LeaseView, b: LeaseView) => number) | null,
  ): LeaseView[] {
    const place = ({ id }: LeaseView) => this.places.get(id) ?? -1;
    const fresh = leases.filter(({ id }) => !this.places.has(id));
    const known = leases
      .filter(({ id }) => this.places.has(id))
      .toSorted((a, b) => place(a) - place(b));
    for (const lease of fresh.toReversed()) {
      const before = compare
        ? known.findIndex((other) => compare(lease, other) < 0)
        : known.indexOf(leases[leases.indexOf(lease) + 1] ?? lease);
      known.splice(before === -1 ? known.length : before, 0, lease);
    }
    return known;
  }
}

export interface LeaseGroup {
  id: string;
  title: string;
  detail: string;
  leases: LeaseView[];
}

const unique = (words: readonly string[]): string => [...new Set(words)].join(', ');

/** Leases that belong together, by name; within a group in the order they had. */
export function groupsOf(leases: readonly LeaseView[], by: 'secret' | 'account'): LeaseGroup[] {
  const groups = new Map<string, LeaseView[]>();
  for (const lease of leases) {
    const id =
      by === 'account'
        ? lease.account_id
        : (lease.secret_id ?? `${lease.environment} ${lease.folder} ${lease.secret}`);
    const members = groups.get(id);
    if (members) members.push(lease);
    else groups.set(id, [lease]);
  }
  return [...groups]
    .flatMap(([id, members]) => {
      const [first] = members;
      if (!first) return [];
      return by === 'account'
        ? [
            {
              id,
              title: id,
              detail: unique(members.map((lease) => lease.connection)),
              leases: members,
            },
          ]
        : [
            {
              id,
              title: first.secret,
              detail: `${first.environment} · ${first.folder}`,
              leases: members,
            },
          ];
    })
    .toSorted((a, b) => names.compare(a.title, b.title) || names.compare(a.detail, b.detail));
}
