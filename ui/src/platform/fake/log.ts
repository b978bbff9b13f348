// The fake desktop's activity log: what the scene's leases have been through, in order, and whatever is done from now on.
import type {
  ActivityCall,
  ActivityCheck,
  ActivityEntry,
  ActivityPage,
  ActivityQuery,
  LeaseView,
} from '../../api/types';
import { problem } from './rules';
import { letters, type Scene } from './scenes';

const HEX = '0123456789abcdef';
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 86_400_000;

type Line = Omit<ActivityEntry, 'seq' | 'hash'>;

/** As AWS writes them: `8f0c1e7a-…`. */
function requestId(seed: number): string {
  const hex = letters(seed, 32, HEX);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

let calls = 0;
function call(action: string, resource: string | null, code: string | null = null): ActivityCall {
  calls += 1;
  return { action, resource, code, request_id: requestId(calls * 7 + 5) };
}

function line(at: number, kind: string, text: string, over: Partial<Line> = {}): Line {
  return {
    at: new Date(at).toISOString(),
    kind,
    actor: 'window',
    outcome: 'done',
    lease_id: null,
    secret: null,
    secret_id: null,
    connection: null,
    account_id: null,
    text,
    calls: [],
    ...over,
  };
}

/** What is the same in every line about a lease. */
const of = (lease: LeaseView): Partial<Line> => ({
  actor: lease.requested_by,
  lease_id: lease.id,
  secret: lease.secret,
  secret_id: lease.secret_id,
  connection: lease.connection,
  account_id: lease.account_id,
});

function lifeOf(lease: LeaseView, now: number): Line[] {
  const about = of(lease);
  const user = `user/${lease.user_name}`;
  // The log has this computer's time, the lease AWS's.
  const here = (moment: string) => Date.parse(moment) - lease.clock_offset_ms;
  const start = here(lease.created_at);
  const lines = [
    line(start, 'lease.recorded', `A lease of ${lease.secret} was asked for.`, {
      ...about,
      outcome: 'begun',
    }),
  ];
  if (lease.issued_at === null) {
    lines.push(
      line(start + 2 * SECOND, 'lease.ended', lease.reason ?? 'It was undone.', {
        ...about,
        outcome: 'failed',
        calls: [
          call('iam:CreateUser', user),
          call('iam:AddUserToGroup', 'group/deployers', 'NoSuchEntity'),
          call('iam:DeleteUser', user),
        ],
      }),
    );
    return lines;
  }
  lines.push(
    line(start + SECOND, 'lease.active', `${lease.user_name} has its guards and its key.`, {
      ...about,
      calls: [
        call('iam:CreateUser', user),
        call('iam:PutUserPolicy', user),
        call('iam:PutUserPolicy', user),
        call('iam:AttachUserPolicy', user),
        call('iam:CreateAccessKey', user),
      ],
    }),
    line(start + 5 * SECOND, 'lease.usable', 'The key works after 4.2 s.', {
      ...about,
      actor: 'timer',
      calls: [
        call('sts:GetCallerIdentity', null, 'InvalidClientTokenId'),
        call('sts:GetCallerIdentity', null),
        call('sts:GetCallerIdentity', null),
        call('sts:GetCallerIdentity', null),
      ],
    }),
  );
  if (lease.alarm) {
    lines.push(
      line(now - 6 * MINUTE, 'lease.alarm', lease.alarm, {
        ...about,
        actor: 'timer',
        outcome: 'alarm',
        calls: [call('iam:ListAttachedUserPolicies', user)],
      }),
    );
  }
  if (lease.cut_at !== null) {
    const at = here(lease.cut_at);
    lines.push(
      line(at, 'lease.cut', `${lease.user_name} can do nothing any more.`, {
        ...about,
        actor: lease.end_reason === 'expired' ? 'timer' : lease.requested_by,
        calls: [call('iam:GetUser', user), call('iam:DeleteAccessKey', user)],
      }),
    );
  }
  if (lease.attempts > 0 && lease.reason) {
    for (let tried = 1; tried <= lease.attempts; tried += 1) {
      lines.push(
        line(
          here(lease.cut_at ?? lease.expires_at) + tried * 7 * MINUTE,
          'lease.retry',
          lease.reason,
          {
            ...about,
            actor: 'timer',
            outcome: 'failed',
            calls: [call('iam:DeleteUser', user, 'DeleteConflict')],
          },
        ),
      );
    }
  }
  if (lease.ended_at !== null) {
    const forgotten = lease.state === 'forgotten';
    lines.push(
      line(
        here(lease.ended_at),
        forgotten ? 'lease.forgotten' : 'lease.ended',
        forgotten
          ? `${lease.user_name} was given up by a person; it may still be in AWS.`
          : `AWS confirmed: ${lease.user_name} is gone.`,
        {
          ...about,
          outcome: forgotten ? 'alarm' : 'done',
          actor: lease.end_reason === 'expired' ? 'timer' : lease.requested_by,
          calls: forgotten
            ? []
            : [
                call('iam:DetachUserPolicy', user),
                call('iam:DeleteUserPolicy', user),
                call('iam:DeleteUser', user),
              ],
        },
      ),
    );
  }
  return lines;
}

function storyOf(scene: Scene, now: number): Line[] {
  const lines: Line[] = [];
  for (const connection of scene.connections) {
    lines.push(
      line(
        Math.min(Date.parse(connection.created_at), now - 6 * DAY),
        'connection.added',
        `${connection.name} reaches the account ${connection.account_id} as ${connection.caller_arn}.`,
        {
          connection: connection.name,
          account_id: connection.account_id,
          calls: [call('sts:GetCallerIdentity', null)],
        },
      ),
    );
  }
  for (const secret of scene.secrets.slice(0, 12)) {
    const about = {
      secret: secret.draft.name,
      secret_id: secret.id,
      connection: secret.draft.connection,
      account_id: secret.account_id,
    };
    lines.push(
      line(Date.parse(secret.created_at), 'secret.added', `${secret.draft.name} was added.`, about),
      line(
        Date.parse(secret.updated_at),
        'secret.edited',
        `${secret.draft.name} was edited: default TTL.`,
        about,
      ),
    );
  }
  for (const lease of scene.leases.slice(-16)) lines.push(...lifeOf(lease, now));
  if (scene.leases.length > 0) {
    lines.push(
      line(now - 3 * MINUTE, 'settings.changed', 'Notifications come 5 min before an end.'),
      line(
        now - 2 * MINUTE,
        'connection.reconciled',
        'Every open lease of acme-dev is as recorded.',
        {
          actor: 'timer',
          connection: 'acme-dev',
          account_id: '123456789012',
          calls: [call('iam:ListUsers', '/leases/', 'AccessDenied'), call('iam:GetUser', null)],
        },
      ),
    );
  }
  return lines
    .filter((entry) => Date.parse(entry.at) <= now)
    .sort((a, b) => a.at.localeCompare(b.at));
}

const EVERY_DAY: [string, ActivityEntry['outcome'], string][] = [
  ['lease.recorded', 'begun', 'A lease was asked for.'],
  ['lease.active', 'done', 'The user has its guards and its key.'],
  ['lease.usable', 'done', 'The key works after 3.8 s.'],
  ['lease.renewed', 'done', 'Renewed by 1 h.'],
  ['lease.cut', 'done', 'The user can do nothing any more.'],
  ['lease.retry', 'failed', 'AWS asks for patience (Throttling). It is tried again by itself.'],
  ['lease.ended', 'done', 'AWS confirmed: the user is gone.'],
];

/** A long past, made up line by line when it is looked at. */
function longAgo(index: number, total: number, now: number): Line {
  const [kind, outcome, text] = EVERY_DAY[index % EVERY_DAY.length] ?? [
    'lease.active',
    'done' as const,
    '',
  ];
  const number = Math.floor(index / EVERY_DAY.length) % 120;
  return line(now - (total - index) * 47 * SECOND - 42 * DAY, kind, text, {
    outcome,
    actor: index % 3 === 0 ? 'cli' : 'timer',
    lease_id: `l-${1000 + number * 3}`,
    secret: `batch-worker-${number}`,
    secret_id: `s-batch-worker-${number}`,
    connection: 'acme-dev',
    account_id: '123456789012',
    calls: [
      {
        action: 'iam:GetUser',
        resource: null,
        code: outcome === 'failed' ? 'Throttling' : null,
        request_id: requestId(index),
      },
    ],
  });
}

function matches(entry: ActivityEntry, query: ActivityQuery): boolean {
  if (query.since !== null && entry.at < query.since) return false;
  if (query.until !== null && entry.at > query.until) return false;
  if (query.lease_id !== null && entry.lease_id !== query.lease_id) return false;
  if (query.connection !== null && entry.connection !== query.connection) return false;
  if (query.secret_id !== null && entry.secret_id !== query.secret_id) return false;
  if (query.secret !== null && entry.secret !== query.secret) return false;
  if (query.outcomes.length > 0 && !query.outcomes.includes(entry.outcome)) return false;
  if (query.search === null) return true;
  return JSON.stringify(entry).toLowerCase().includes(query.search.toLowerCase());
}

export class FakeLog {
  /** Lines that nobody wrote down one by one. */
  private readonly past: number;
  private readonly lines: Line[];
  private readonly now = Date.now();
  /** The line that somebody edited or removed; none where the chain is whole. */
  private readonly fault: { seq: number; removed: boolean } | null;

  constructor(
    scene: Scene,
    private readonly changed: () => void,
  ) {
    this.past = scene.longLog ? 100_000 : 0;
    this.lines = storyOf(scene, this.now);
    this.fault = scene.tampering && {
      seq: Math.ceil(this.count / 2),
      removed: scene.tampering === 'removed',
    };
  }

  get count(): number {
    return this.past + this.lines.length;
  }

  private at(seq: number): ActivityEntry | null {
    if (this.fault?.removed && this.fault.seq === seq) return null;
    const written =
      seq <= this.past ? longAgo(seq - 1, this.past, this.now) : this.lines[seq - 1 - this.past];
    return written ? { ...written, seq, hash: letters(seq * 3 + 1, 64, HEX) } : null;
  }

  add(kind: string, text: string, over: Partial<Line> = {}): void {
    this.lines.push(line(Date.now(), kind, text, over));
    this.changed();
  }

  /** A line about a lease. */
  note(lease: LeaseView, kind: string, text: string): void {
    this.add(`lease.${kind}`, text, {
      ...of(lease),
      actor: 'window',
      calls: [call('iam:GetUser', `user/${lease.user_name}`)],
    });
  }

  list(query: ActivityQuery): ActivityPage {
    const limit = query.limit ?? 100;
    if (limit < 1 || limit > 1000) {
      throw problem('invalid_input', 'A page has 1 to 1000 lines.', 'Ask for 100.', 'limit');
    }
    const entries: ActivityEntry[] = [];
    let seq = Math.min(this.count, (query.before ?? this.count + 1) - 1);
    for (; seq >= 1; seq -= 1) {
      const entry = this.at(seq);
      if (!entry || !matches(entry, query)) continue;
      if (entries.length === limit) return { entries, before: entries.at(-1)?.seq ?? null };
      entries.push(entry);
    }
    return { entries, before: null };
  }

  verify(): ActivityCheck {
    return {
      entries: this.count,
      head: this.count === 0 ? '0'.repeat(64) : letters(this.count * 3 + 1, 64, HEX),
      fault: this.fault && {
        seq: this.fault.seq,
        text: this.fault.removed ? 'it was removed.' : 'its sentence was edited.',
      },
    };
  }

  export(format: 'jsonl' | 'csv', query: ActivityQuery): { path: string; entries: number } {
    let entries = 0;
    for (let seq = this.count; seq >= 1; seq -= 1) {
      const entry = this.at(seq);
      if (entry && matches(entry, query)) entries += 1;
    }
    const day = new Date().toISOString().slice(0, 10);
    return { path: `/home/ada/Downloads/leasehold-activity-${day}.${format}`, entries };
  }
}
