// Which lines of the activity log are looked at, as a person chooses them and as an address names them.
import type { ActivityQuery, Outcome } from '../api/types';

/** How far back. */
export type Span = 'any' | 'hour' | 'day' | 'week' | 'month';

export interface ActivityFilter {
  span: Span;
  /** All when empty. */
  outcomes: Outcome[];
  /** Id of a dynamic secret, or empty: two of one name are two. */
  secret: string;
  /** Name of a connection, or empty. */
  connection: string;
  /** Id of a lease, or empty. */
  lease: string;
  search: string;
}

export const NO_FILTER: ActivityFilter = {
  span: 'any',
  outcomes: [],
  secret: '',
  connection: '',
  lease: '',
  search: '',
};

export const OUTCOMES: readonly Outcome[] = ['begun', 'done', 'failed', 'alarm'];
export const SPANS: readonly Span[] = ['any', 'hour', 'day', 'week', 'month'];

const HOUR_MS = 3_600_000;
const SPAN_MS: Record<Exclude<Span, 'any'>, number> = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  week: 7 * 24 * HOUR_MS,
  month: 30 * 24 * HOUR_MS,
};

export const isFiltered = (filter: ActivityFilter): boolean => queryOf(filter) !== '';

/** `lease=l-14&outcome=failed`; empty where nothing is chosen. */
export function queryOf(filter: ActivityFilter): string {
  const query = new URLSearchParams();
  if (filter.span !== 'any') query.set('span', filter.span);
  for (const outcome of filter.outcomes) query.append('outcome', outcome);
  for (const key of ['secret', 'connection', 'lease', 'search'] as const) {
    if (filter[key].trim() !== '') query.set(key, filter[key].trim());
  }
  return query.toString();
}

/** Reads what `queryOf` wrote; leaves out what it does not know. */
export function filterOf(text: string): ActivityFilter {
  const query = new URLSearchParams(text);
  const span = query.get('span');
  return {
    span: SPANS.find((known) => known === span) ?? 'any',
    outcomes: OUTCOMES.filter((outcome) => query.getAll('outcome').includes(outcome)),
    secret: query.get('secret') ?? '',
    connection: query.get('connection') ?? '',
    lease: query.get('lease') ?? '',
    search: query.get('search') ?? '',
  };
}

/** The filter as the engine is asked. */
export function asQuery(
  filter: ActivityFilter,
  now: number,
  page: { before: number | null; limit: number | null } = { before: null, limit: null },
): ActivityQuery {
  const orNull = (text: string) => (text.trim() === '' ? null : text.trim());
  return {
    since: filter.span === 'any' ? null : new Date(now - SPAN_MS[filter.span]).toISOString(),
    until: null,
    lease_id: orNull(filter.lease),
    connection: orNull(filter.connection),
    secret: null,
    secret_id: orNull(filter.secret),
    outcomes: filter.outcomes,
    search: orNull(filter.search),
    ...page,
  };
}
