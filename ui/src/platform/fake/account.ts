// What the fake desktop keeps: connections, secrets, leases and their histories, and the rules that change them.
import type {
  DesktopView,
  ConnectionView,
  CopyWhat,
  EnvironmentView,
  EventName,
  EventTable,
  Format,
  LeaseEvent,
  LeaseView,
  RevokeReport,
  SecretView,
  Settings,
  StatusView,
} from '../../api/types';
import { parseTtl, printTtl, ttlWords } from '../../time/ttl';
import { FakeAccess } from './access/answers';
import { render, type Keys } from './credentials';
import { FakeLog } from './log';
import { problem, ttlProblem } from './rules';
import { leaseOf, sceneOf, type Scene, type SceneName } from './scenes';

export const OPEN = new Set(['issuing', 'active', 'revoking', 'access-cut']);

export type Tell = <E extends EventName>(event: E, payload: EventTable[E]) => void;

export class FakeAccount {
  readonly scene: Scene;
  readonly log: FakeLog;
  /** Who may ask from outside. */
  readonly access: FakeAccess;
  /** What a person would find in the clipboard. */
  clipboard: string | null = null;
  settings: Settings = {
    theme: 'system',
    notify_expiry: true,
    lead_minutes: [5, 15],
    notify_failures: true,
    notify_access: true,
    clipboard_seconds: 30,
    break_glass_folder: '',
    reuse_share: 25,
    unload_after_minutes: 10,
    quiet_from: '',
    quiet_until: '',
    hide_names: false,
    key_age_days: 90,
    console_browser: '',
  };
  /** How it lives on its desktop. */
  desktop: DesktopView = {
    tray: 'shown',
    paused_until: null,
    autostart: { kind: 'off' },
    word: null,
    untaken_keys: 0,
  };
  /** Where the window was last. */
  place = { route: '/', environment: '' };
  /** Revokes of many that are to leave the rest as it is. */
  readonly stopped = new Set<string>();
  /** Files that were written for a person. */
  readonly written: string[] = [];
  /** Secret access keys that are on show, by lease. */
  readonly shown = new Map<string, string>();
  /** Those of them that a person has: revealed, or copied. */
  readonly taken = new Set<string>();
  /** How keys were copied last. */
  format: Format = 'bash';
  private readonly histories = new Map<string, LeaseEvent[]>();
  private count = 100;

  constructor(
    scene: SceneName,
    readonly emit: Tell,
  ) {
    this.scene = sceneOf(scene, Date.now());
    this.access = new FakeAccess(scene, this);
    this.log = new FakeLog(this.scene, () => this.emit('engine', { kind: 'activity_changed' }));
  }

  /** A number that was not given before. */
  next(): number {
    this.count += 3;
    return this.count;
  }

  nowFor(lease: { clock_offset_ms: number }): number {
    return Date.now() + lease.clock_offset_ms;
  }

  lease(id: string): LeaseView {
    const lease = this.scene.leases.find((candidate) => candidate.id === id);
    if (!lease) throw problem('not_found', `There is no lease ${id}.`);
    return lease;
  }

  connection(name: string): ConnectionView {
    const connection = this.scene.connections.find((candidate) => candidate.name === name);
    if (!connection) throw problem('not_found', `There is no connection ${name}.`);
    return connection;
  }

  secret(id: string): SecretView {
    const secret = this.scene.secrets.find((candidate) => candidate.id === id);
    if (!secret) throw problem('not_found', 'This dynamic secret is gone.');
    return secret;
  }

  note(lease: LeaseView, kind: string, text: string): void {
    const history = this.historyOf(lease);
    history.push({ at: new Date(this.nowFor(lease)).toISOString(), kind, text });
    this.log.note(lease, kind, text);
  }

  historyOf(lease: LeaseView): LeaseEvent[] {
    let history = this.histories.get(lease.id);
    if (!history) {
      history = [{ at: lease.created_at, kind: 'recorded', text: 'Recorded here.' }];
      if (lease.issued_at) {
        history.push(
          {
            at: lease.issued_at,
            kind: 'user_created',
            text: `Created the user ${lease.user_name}.`,
          },
          {
            at: lease.issued_at,
            kind: 'active',
            text: 'Guards, policies and groups acknowledged.',
          },
        );
      }
      if (lease.usable_after_ms !== null && lease.issued_at) {
        history.push({ at: lease.issued_at, kind: 'usable', text: 'The key works.' });
      }
      if (lease.cut_at) history.push({ at: lease.cut_at, kind: 'cut', text: 'Access is cut.' });
      if (lease.reason) {
        history.push({ at: lease.cut_at ?? lease.created_at, kind: 'retry', text: lease.reason });
      }
      if (lease.ended_at) {
        history.push({
          at: lease.ended_at,
          kind: 'revoked',
          text: 'AWS confirmed: the user is gone.',
        });
      }
      this.histories.set(lease.id, history);
    }
    return history;
  }

  /** A canary: a whole life of a lease, told as the engine tells it. */
  async fly(secret: SecretView, pause: () => Promise<void>): Promise<void> {
    const lease = leaseOf(this.next(), secret, this.nowFor(secret), {
      requested_by: 'preflight',
      state: 'issuing',
      label: 'Canary',
    });
    const tell = (state: LeaseView['state']) => {
      lease.state = state;
      this.emit('engine', { kind: 'lease_changed', lease });
    };
    tell('issuing');
    await pause();
    tell('active');
    await pause();
    if (lease.credential.kind === 'federation_token') return;
    tell('revoking');
    await pause();
    if (lease.credential.kind === 'assumed_role') return tell('access-cut');
    lease.ended_at = new Date(this.nowFor(secret)).toISOString();
    tell('revoked');
  }

  end(lease: LeaseView, reason: 'by_us' | 'expired'): void {
    const at = new Date(this.nowFor(lease)).toISOString();
    const byItself = reason === 'expired' && lease.credential.kind !== 'iam_user';
    lease.state = byItself ? 'expired' : 'revoked';
    lease.end_reason = reason;
    lease.cut_at = byItself ? null : at;
    lease.ended_at = at;
    lease.cleanup = null;
    lease.next_attempt_at = null;
    lease.kept = false;
    this.shown.delete(lease.id);
    if (byItself) this.note(lease, 'ended', 'Its time was over: AWS ended the session by itself.');
    else {
      this.note(lease, 'cut', 'Access is cut.');
      this.note(lease, 'revoked', 'AWS confirmed: the user is gone.');
    }
    this.emit('engine', { kind: 'lease_changed', lease });
  }

  /** Ends what is over, and counts anew. */
  passTime(): void {
    for (const lease of this.scene.leases) {
      if (lease.state === 'active' && Date.parse(lease.expires_at) <= this.nowFor(lease)) {
        this.end(lease, 'expired');
      }
    }
    for (const secret of this.scene.secrets) {
      const open = this.scene.leases.filter(
        (lease) => lease.secret_id === secret.id && OPEN.has(lease.state),
      );
      const active = open
        .filter((lease) => lease.state === 'active')
        .sort((a, b) => a.expires_at.localeCompare(b.expires_at));
      secret.open_leases = open.length;
      secret.active_leases = active.length;
      secret.next_issued_at = active[0]?.issued_at ?? null;
      secret.next_expires_at = active[0]?.expires_at ?? null;
      secret.clock_offset_ms =
        this.scene.connections.find((item) => item.name === secret.draft.connection)
          ?.clock_offset_ms ?? 0;
    }
    for (const connection of this.scene.connections) {
      const mine = (item: { draft: { connection: string } }) =>
        item.draft.connection === connection.name;
      connection.secrets = this.scene.secrets.filter(mine).length;
      connection.open_leases = this.scene.leases.filter(
        (lease) => lease.connection === connection.name && OPEN.has(lease.state),
      ).length;
    }
    for (const environment of this.scene.environments) {
      environment.secrets = this.scene.secrets.filter(
        (secret) => secret.draft.environment === environment.name,
      ).length;
    }
  }

  changed(): void {
    this.passTime();
    this.emit('engine', { kind: 'catalog_changed' });
  }

  status(): StatusView {
    const active = this.scene.leases.filter((lease) => lease.state === 'active');
    const left = (lease: LeaseView) => Date.parse(lease.expires_at) - this.nowFor(lease);
    const next = active.toSorted((a, b) => left(a) - left(b))[0];
    const real = this.scene.connections.filter((connection) => !connection.practice);
    return {
      version: '0.1.0',
      home: '/home/ada/.local/share/leasehold',
      active_leases: active.length,
      ending_soon: active.filter((lease) => left(lease) <= 15 * 60_000).length,
      need_attention: this.scene.leases.filter(
        (lease) => lease.alarm !== null || (OPEN.has(lease.state) && lease.attempts > 0),
      ).length,
      next_expires_at: next?.expires_at ?? null,
      next_clock_offset_ms: next?.clock_offset_ms ?? 0,
      clock_off: this.scene.clockOff,
      connections: this.scene.connections.length,
      oldest_key_at: real.map((connection) => connection.created_at).sort()[0] ?? null,
      keychain: { kind: 'os', name: 'OS keyring', problem: this.scene.keychainProblem },
      notice: this.scene.notice,
      break_glass: this.settings.break_glass_folder
        ? {
            folder: this.settings.break_glass_folder,
            written_at: new Date().toISOString(),
            problem: null,
          }
        : null,
      gateway: {
        on: this.access.scene.gateway.on,
        serving: null,
        waiting: this.access.scene.approvals.filter(({ standing }) => standing === 'asked').length,
      },
    };
  }

  /** Takes one of ours into the ledger again. */
  adopt(connection: string, user: string): LeaseView {
    const orphan = this.scene.orphans.find(
      (one) => one.connection === connection && one.user_name === user,
    );
    if (!orphan) throw problem('not_found', `There is no user ${user} without a lease.`);
    if (orphan.origin !== 'ours') {
      throw problem(
        'refused',
        `${user} does not carry this installation’s guards; nothing was done.`,
        'Only users that were made here can be adopted or removed.',
      );
    }
    const secret = this.scene.secrets.find((one) => user.includes(one.draft.name));
    if (!secret) throw problem('not_found', 'This dynamic secret is gone.');
    this.scene.orphans = this.scene.orphans.filter((one) => one !== orphan);
    const lease = leaseOf(this.next(), secret, Date.parse(orphan.created_at), {
      user_name: orphan.user_name,
      user_id: orphan.user_id,
      expires_at: orphan.expires_at ?? new Date().toISOString(),
      usable_after_ms: null,
    });
    this.scene.leases.unshift(lease);
    this.emit('engine', { kind: 'lease_changed', lease });
    return lease;
  }

  environmentNamed(name: string): EnvironmentView {
    const environment = this.scene.environments.find((item) => item.name === name);
    if (!environment) throw problem('not_found', `There is no environment ${name}.`);
    return environment;
  }

  checkSlug(name: string, taken: { name: string }[], what: string): void {
    if (!/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/.test(name)) {
      throw problem(
        'invalid_input',
        `The name of ${what} has 1 to 64 lower-case letters, digits, dots, hyphens and underscores.`,
        'Write it like acme-dev.',
        'name',
      );
    }
    if (taken.some((item) => item.name === name)) {
      throw problem('name_taken', `“${name}” is taken.`, 'Choose another name.', 'name');
    }
  }

  isTaken = (draft: { name: string; folder: string; environment: string }, but?: string) =>
    this.scene.secrets.some(
      (secret) =>
        secret.id !== but &&
        secret.draft.name === draft.name &&
        secret.draft.folder === draft.folder &&
        secret.draft.environment === draft.environment,
    );

  renewed(id: string, ttl: string | null, toMax: boolean): string {
    const lease = this.lease(id);
    if (lease.state !== 'active') {
      throw problem('refused', `The lease is ${lease.state}: it cannot be renewed.`);
    }
    if (toMax) return lease.max_expires_at;
    const text = ttl ?? lease.default_ttl;
    const refused = ttlProblem('ttl', text);
    if (refused) throw refused;
    const until = Date.parse(lease.expires_at) + (parseTtl(text) ?? 0) * 1000;
    if (until > Date.parse(lease.max_expires_at)) {
      const left = Date.parse(lease.max_expires_at) - Date.parse(lease.expires_at);
      throw problem(
        'refused',
        `Adding ${ttlWords(text)} would pass the lease's maximum.`,
        left > 0
          ? `At most ${ttlWords(printTtl(left / 1000))} can be added: extend to the maximum.`
          : 'It is at its maximum already. Generate a new lease.',
        'ttl',
      );
    }
    return new Date(until).toISOString();
  }

  /** Ends many, one at a time, and says after each how far it is. */
  async revokeMany(
    ids: string[],
    requestId: string,
    pause: () => Promise<void>,
  ): Promise<RevokeReport> {
    const report: RevokeReport = { revoked: [], ended: [], pending: [], untouched: [] };
    const tell = () =>
      this.emit('engine', {
        kind: 'bulk_progress',
        request_id: requestId,
        total: ids.length,
        revoked: report.revoked.length,
        pending: report.pending.length,
        untouched: report.untouched.length,
      });
    const asked = new Date().toISOString();
    for (const id of ids) {
      const lease = this.lease(id);
      if (lease.state === 'active') lease.end_asked_at = asked;
      this.emit('engine', { kind: 'lease_changed', lease });
    }
    tell();
    for (const id of ids) {
      const lease = this.lease(id);
      if (this.stopped.has(requestId)) {
        lease.end_asked_at = null;
        this.emit('engine', { kind: 'lease_changed', lease });
        report.untouched.push(id);
        continue;
      }
      await pause();
      lease.end_asked_at = null;
      const { revoked, pending } = this.revoke([id]);
      report.revoked.push(...revoked);
      report.pending.push(...pending);
      tell();
    }
    tell();
    this.stopped.delete(requestId);
    return report;
  }

  revoke(ids: string[]): RevokeReport {
    const report: RevokeReport = { revoked: [], ended: [], pending: [], untouched: [] };
    for (const id of ids) {
      const lease = this.lease(id);
      if (lease.cleanup?.blocked_by) {
        report.pending.push({
          id,
          state: lease.state,
          reason: lease.reason,
          next_attempt_at: lease.next_attempt_at,
        });
      } else {
        if (OPEN.has(lease.state)) this.end(lease, 'by_us');
        report.revoked.push(id);
      }
    }
    this.changed();
    return report;
  }

  /** Its key would be lost with its window. */
  isUntaken(id: string): boolean {
    return this.shown.has(id) && !this.taken.has(id) && !this.lease(id).kept;
  }

  keysOf(id: string): Keys {
    const secret = this.shown.get(id);
    const lease = this.lease(id);
    if (secret === undefined) {
      throw problem('refused', 'The secret access key was shown once and is not kept.');
    }
    return {
      access_key_id: lease.access_key_id ?? '',
      secret_access_key: secret,
      session_token: lease.credential.kind === 'iam_user' ? null : `IQoJ${secret}${secret}`,
      region: lease.region,
      expires_at: lease.expires_at,
      user_name: lease.user_name,
    };
  }

  valueOf(id: string, what: CopyWhat): string {
    const keys = this.keysOf(id);
    if (what === 'session_token') return keys.session_token ?? '';
    if (what === 'user_name' || what === 'access_key_id' || what === 'secret_access_key') {
      return keys[what];
    }
    return render(keys, what);
  }
}
