// One lease in full: its history, kept current, and renewing it with the resulting moment shown before the click.
import { asProblem } from '../../api/problem';
import type { Renewal } from '../../api/commands';
import type { ActivityEntry, LeaseDetail, LeaseView, Problem, SecretView } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { Loaded } from '../../state/loaded.svelte';
import { millis, shortAbsolute } from '../../time/moment';
import { isRenewable, isSession } from '../../words/lease';

export const PREVIEW_AFTER_MS = 150;

export class LeaseModel {
  readonly detail: Loaded<LeaseDetail>;
  renewing = $state(false);
  ttl = $state('');
  toMax = $state(false);
  busy = $state(false);
  /** The expiry that the chosen renewal would lead to. */
  preview = $state<number | null>(null);
  refusal = $state.raw<Problem | null>(null);
  retrying = $state(false);
  acknowledging = $state(false);
  /** What was asked of AWS for it, once a person wants to know. */
  calls = $state.raw<Loaded<ActivityEntry[]> | null>(null);
  private asked = 0;

  constructor(
    private readonly desk: Desk,
    readonly id: string,
    renewing: boolean,
  ) {
    this.renewing = renewing;
    this.detail = new Loaded(() => desk.api.lease(id));
  }

  get lease(): LeaseView | null {
    return this.detail.value?.lease ?? null;
  }

  /** What it was made from, while that is there. */
  get secret(): SecretView | null {
    const id = this.lease?.secret_id;
    return this.desk.ledger.secrets.value?.find((secret) => secret.id === id) ?? null;
  }

  /** Sessions are not renewed: one gets another. */
  another = (): void => {
    if (this.secret) this.desk.router.open({ sheet: 'generate', secretId: this.secret.id });
  };

  get now(): number {
    return this.desk.clock.aws(this.lease?.clock_offset_ms ?? 0);
  }

  /** This computer's time, which the activity log is written by. */
  get here(): number {
    return this.desk.clock.now;
  }

  get renewable(): boolean {
    return this.lease !== null && isRenewable(this.lease, this.now);
  }

  get atMaximum(): boolean {
    const lease = this.lease;
    return lease !== null && millis(lease.expires_at) >= millis(lease.max_expires_at);
  }

  start(): () => void {
    void this.detail.refresh();
    const forget = this.desk.ledger.onLease((lease) => {
      if (lease.id !== this.id) return;
      void this.detail.refresh();
      void this.calls?.refresh();
    });
    const moved = this.desk.onEngine((event) => {
      if (event.kind === 'clock_moved') void this.detail.refresh();
    });
    return () => {
      forget();
      moved();
    };
  }

  private get renewal(): Renewal {
    return this.toMax ? { ttl: null, toMax: true } : { ttl: this.ttl.trim() || null, toMax: false };
  }

  /** Asks what the chosen renewal would lead to when typing rests; for an effect. */
  watch(): (() => void) | undefined {
    const renewal = this.renewal;
    // A renewal changes what the next one leads to.
    const from = this.lease?.expires_at;
    if (!this.renewing || from === undefined) return undefined;
    this.preview = null;
    const timer = setTimeout(() => void this.ask(renewal), PREVIEW_AFTER_MS);
    return () => clearTimeout(timer);
  }

  private async ask(renewal: Renewal): Promise<void> {
    this.asked += 1;
    const turn = this.asked;
    try {
      const { expires_at } = await this.desk.api.previewRenewal(this.id, renewal);
      if (turn !== this.asked) return;
      this.preview = millis(expires_at);
      this.refusal = null;
    } catch (rejection) {
      if (turn === this.asked) this.refusal = asProblem(rejection);
    }
  }

  choose(ttl: string): void {
    this.toMax = false;
    this.ttl = ttl;
  }

  extendToMaximum = (): void => {
    this.toMax = true;
  };

  renew = async (): Promise<void> => {
    if (this.busy) return;
    this.busy = true;
    this.refusal = null;
    try {
      const lease = await this.desk.api.renew(this.id, this.renewal);
      this.renewing = false;
      this.toMax = false;
      const now = this.desk.clock.aws(lease.clock_offset_ms);
      this.desk.toasts.say('ok', `Renewed: ends ${shortAbsolute(millis(lease.expires_at), now)}.`);
      await this.detail.refresh();
    } catch (rejection) {
      this.refusal = asProblem(rejection);
    } finally {
      this.busy = false;
    }
  };

  revoke = (): void => {
    if (this.lease) this.desk.askToRevoke([this.lease]);
  };

  retry = async (): Promise<void> => {
    if (this.retrying) return;
    this.retrying = true;
    await this.desk.attempt(() => this.desk.api.retry(this.id));
    await this.detail.refresh();
    this.retrying = false;
  };

  acknowledge = async (): Promise<void> => {
    if (this.acknowledging) return;
    this.acknowledging = true;
    await this.desk.attempt(() => this.desk.api.acknowledge(this.id));
    await this.detail.refresh();
    this.acknowledging = false;
  };

  forget = (): void => {
    if (this.lease) askToForget(this.desk, this.lease);
  };

  copy = (text: string): Promise<boolean> => this.desk.copy(text);

  toggleCalls = (): void => {
    if (this.calls) {
      this.calls = null;
      return;
    }
    const calls = new Loaded(() => callsOf(this.desk, this.id));
    this.calls = calls;
    void calls.refresh();
  };
}

/** Oldest first, like the history it stands in for. */
async function callsOf(desk: Desk, leaseId: string): Promise<ActivityEntry[]> {
  const { entries } = await desk.api.activity({
    since: null,
    until: null,
    lease_id: leaseId,
    connection: null,
    secret: null,
    secret_id: null,
    outcomes: [],
    search: null,
    before: null,
    limit: 500,
  });
  return entries.toReversed();
}

/** Giving up is the one way to lose sight of a user, so its name is typed out. */
export function askToForget(desk: Desk, lease: LeaseView): void {
  const now = desk.clock.aws(lease.clock_offset_ms);
  const cut = lease.state === 'access-cut';
  const over = millis(lease.expires_at) <= now;
  const key = cut
    ? 'Its key is gone or denied.'
    : over
      ? 'AWS denies its key since its expiry.'
      : `AWS denies its key from ${shortAbsolute(millis(lease.expires_at), now)} on, as long as nobody removes its guard.`;
  const left = isSession(lease)
    ? `the policy that denies its session, if it was put on the role, in the account ${lease.account_id}`
    : `the user ${lease.user_name} in the account ${lease.account_id}, with whatever is attached to it. ${key}`;
  desk.questions.ask({
    title: `Forget this lease of ${lease.secret}?`,
    body: [
      `Leasehold stops trying. What stays in AWS is yours to delete: ${left}`,
      'The lease is listed as forgotten for ever. This cannot be undone.',
    ],
    typed: { label: `Type ${lease.user_name} to go on`, text: lease.user_name },
    action: 'Forget',
    danger: true,
    testid: 'forget-confirm',
    act: async () => {
      await desk.api.forget(lease.id);
      desk.toasts.say('warn', 'Forgotten here, not ended in AWS.', `Delete by hand: ${left}`);
    },
  });
}
