// The activity log of the fake desktop: a line for each step of each lease, chained by hashes that look like some.
import type {
  ActivityCall,
  ActivityEntry,
  ActivityPage,
  ActivityQuery,
  LeaseView,
  Outcome,
} from '../../api/types';
import type { FakeAccount } from './account';
import { letters } from './scenes';

const HEX = '0123456789abcdef';
const CALLS: Record<string, string[]> = {
  user_created: ['iam:CreateUser'],
  active: ['iam:PutUserPolicy', 'iam:PutUserPolicy', 'iam:AttachUserPolicy', 'iam:CreateAccessKey'],
  usable: ['sts:GetCallerIdentity'],
  renewed: ['iam:PutUserPolicy', 'iam:DeleteUserPolicy'],
  cut: ['iam:GetUser', 'iam:DeleteAccessKey', 'iam:PutUserPolicy'],
  retry: ['iam:DeleteUser'],
  revoked: ['iam:DeleteUserPolicy', 'iam:DeleteUser'],
};
const OUTCOMES: Record<string, Outcome> = {
  recorded: 'begun',
  revoking: 'begun',
  retry: 'failed',
  drift: 'alarm',
  alarm: 'alarm',
};

const uuid = (seed: number) =>
  [8, 4, 4, 4, 12].map((count, index) => letters(seed + index * 7, count, HEX)).join('-');

function callsOf(lease: LeaseView, kind: string, seed: number): ActivityCall[] {
  return (CALLS[kind] ?? []).map((action, index) => ({
    action,
    resource: action.startsWith('iam:') ? `user/${lease.user_name}` : null,
    code: kind === 'retry' ? 'DeleteConflict' : null,
    request_id: uuid(seed * 31 + index),
  }));
}

/** Oldest first. */
export function linesOf(account: FakeAccount): ActivityEntry[] {
  const lines = account.scene.leases.flatMap((lease) =>
    account.historyOf(lease).map((event) => ({ lease, event })),
  );
  lines.sort((a, b) => a.event.at.localeCompare(b.event.at));
  return lines.map(({ lease, event }, index) => ({
    seq: index + 1,
    at: event.at,
    kind: `lease.${event.kind}`,
    actor: event.kind === 'recorded' ? lease.requested_by : 'timer',
    outcome: OUTCOMES[event.kind] ?? 'done',
    lease_id: lease.id,
    secret: lease.secret,
    connection: lease.connection,
    account_id: lease.account_id,
    text: event.text,
    calls: callsOf(lease, event.kind, index + 1),
    hash: letters(index + 1, 64, HEX),
  }));
}

/** Newest first, as many as were asked for. */
export function pageOf(account: FakeAccount, query: ActivityQuery): ActivityPage {
  const search = query.search?.trim().toLowerCase() ?? '';
  const chosen = linesOf(account)
    .reverse()
    .filter(
      (line) =>
        (query.since === null || Date.parse(line.at) >= Date.parse(query.since)) &&
        (query.until === null || Date.parse(line.at) <= Date.parse(query.until)) &&
        (query.lease_id === null || line.lease_id === query.lease_id) &&
        (query.connection === null || line.connection === query.connection) &&
        (query.secret === null || line.secret === query.secret) &&
        (query.outcomes.length === 0 || query.outcomes.includes(line.outcome)) &&
        (query.before === null || line.seq < query.before) &&
        (search === '' || JSON.stringify(line).toLowerCase().includes(search)),
    );
  const entries = chosen.slice(0, query.limit ?? 100);
  const last = entries.at(-1);
  return { entries, before: chosen.length > entries.length && last ? last.seq : null };
}
