// Pages of the fake desktop's leases, as the engine answers them: by a mark, forwards and backwards, in every order.
import type { LeasePage, LeasePageQuery, LeaseView } from '../../api/types';
import { isOpen, needsAttention } from '../../words/lease';
import { problem } from './rules';

const GRAVITY: LeaseView['state'][] = [
  'revoking',
  'access-cut',
  'issuing',
  'active',
  'forgotten',
  'failed',
  'revoked',
  'expired',
];

type Key = (string | number)[];

function keyOf(lease: LeaseView, sort: LeasePageQuery['sort']): Key {
  const over = Date.parse(lease.ended_at ?? lease.expires_at);
  const last = [Date.parse(lease.created_at), lease.id];
  switch (sort) {
    case 'lease':
      return [lease.secret, lease.user_name, ...last];
    case 'state':
      return [
        isOpen(lease) && lease.alarm !== null ? -1 : GRAVITY.indexOf(lease.state),
        over,
        ...last,
      ];
    case 'ends':
      return [over, ...last];
    case 'issued':
      return last;
  }
}

function compare(a: Key, b: Key): number {
  for (const [index, one] of a.entries()) {
    const other = b[index] ?? '';
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

function matches(lease: LeaseView, query: LeasePageQuery): boolean {
  if (query.set === 'ended' && isOpen(lease)) return false;
  if (query.set === 'attention' && !needsAttention(lease)) return false;
  if (query.secret_id !== null && lease.secret_id !== query.secret_id) return false;
  if (query.connection !== null && lease.connection !== query.connection) return false;
  if (query.environment !== null && lease.environment !== query.environment) return false;
  const text = [lease.user_name, lease.access_key_id, lease.label, lease.secret]
    .join(' ')
    .toLowerCase();
  const words = (query.search ?? '').toLowerCase().split(/\s+/);
  return words.every((word) => text.includes(word));
}

export function pageOf(leases: readonly LeaseView[], query: LeasePageQuery): LeasePage {
  const way = query.ascending ? 1 : -1;
  const order = (a: Key, b: Key) => way * compare(a, b);
  const all = leases
    .filter((lease) => matches(lease, query))
    .map((lease) => ({ lease, key: keyOf(lease, query.sort) }))
    .sort((a, b) => order(a.key, b.key));
  const mark = query.before ?? query.after;
  let key: Key | null = null;
  if (mark !== null) {
    key = JSON.parse(mark) as Key;
    const [first] = all;
    if (first && key.length !== first.key.length) {
      throw problem('refused', 'The page to go on from is not one of this list and this order.');
    }
  }
  const limit = query.limit ?? 100;
  const side = all.filter((one) => {
    if (key === null) return true;
    return query.before === null ? order(one.key, key) > 0 : order(one.key, key) < 0;
  });
  const page = query.before === null ? side.slice(0, limit) : side.slice(-limit);
  const markOf = (one: (typeof all)[number] | undefined) =>
    one === undefined ? null : JSON.stringify(one.key);
  return {
    leases: page.map(({ lease }) => ({ ...lease })),
    first: markOf(page[0]),
    last: markOf(page.at(-1)),
    more: side.length > page.length,
    total: mark === null ? all.length : null,
    uncounted: false,
  };
}
