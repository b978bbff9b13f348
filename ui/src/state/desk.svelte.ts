// What every screen stands on: the commands, what is known, the clock, the way around, and how to ask and tell.
import { getContext, setContext, untrack } from 'svelte';
import { commandsOn, type Commands } from '../api/commands';
import { asProblem } from '../api/problem';
import type { Event, IssuedView, LeaseView, RevokeReport, SecretDraft } from '../api/types';
import type { Platform, Unlisten } from '../platform/platform';
import { dueWords } from '../time/moment';
import { Bulk } from './bulk.svelte';
import { Clock } from './clock.svelte';
import { Environments } from './environments';
import { Folds } from './folds.svelte';
import { LeaseChoices } from './leasechoices.svelte';
import { Ledger } from './ledger.svelte';
import { Preflights } from './preflights.svelte';
import { Questions } from './questions.svelte';
import { Recents } from './recents.svelte';
import { Router, type Route } from './router.svelte';
import { isRevocable } from '../words/lease';
import { reportOf } from '../words/report';
import { Toasts } from './toasts.svelte';
import { Undo } from './undo.svelte';

/** What was typed and not yet sent, kept while the window lives. Never a secret. */
interface Drafts {
  secret: SecretDraft | null;
  /** Of secrets that are being edited, by id. */
  edits: Record<string, SecretDraft | undefined>;
  /** Of a connection by key: all but the secret half. */
  key: KeyDraft | null;
  generate: Record<string, { ttl: string; label: string } | undefined>;
}

export interface KeyDraft {
  name: string;
  accessKeyId: string;
  region: string;
  endpointUrl: string;
}

/** What the palette asks of a screen that it leads to; the screen takes it once, when it is there. */
export type Wish = 'compare' | 'verify' | 'export-jsonl' | 'export-csv';

export class Desk {
  readonly api: Commands;
  readonly ledger: Ledger;
  /** Nothing is told by the second while no lease is open and no sheet or form shows when one would end. */
  readonly clock: Clock = new Clock(() => this.telling);
  readonly router = new Router();
  readonly toasts = new Toasts();
  readonly questions = new Questions();
  readonly undo = new Undo(this.toasts);
  readonly environments = new Environments(this);
  /** What was used last, for the palette. */
  readonly recents = new Recents();
  /** How leases are looked at. */
  readonly leaseChoices = new LeaseChoices();
  readonly folds = new Folds();
  readonly preflights: Preflights;
  /** The revoke of many that is under way, or the last one. */
  readonly bulk: Bulk;
  readonly drafts: Drafts = { secret: null, edits: {}, key: null, generate: {} };
  /** The environment whose tab is open. */
  environment = $state('');
  /** What lies over everything else: the palette, or the list of keys. */
  over = $state<'palette' | 'keys' | null>(null);
  private wish = $state<Wish | null>(null);
  /** The dynamic secret that was added a moment ago: the overview shows it and puts the focus on it. */
  justAdded = $state<string | null>(null);
  /** What was issued last, for the sheet that shows its credentials once. */
  issued = $state.raw<IssuedView | null>(null);
  private readonly platform: Platform;

  constructor(platform: Platform) {
    this.platform = platform;
    this.api = commandsOn(platform);
    this.ledger = new Ledger(this.api);
    this.preflights = new Preflights(this.api, (id, preflight) => {
      const known = this.ledger.secrets.value;
      if (known) {
        this.ledger.secrets.value = known.map((secret) =>
          secret.id === id ? { ...secret, preflight } : secret,
        );
      }
      void this.ledger.secrets.refresh();
    });
    this.bulk = new Bulk(this.api, () => void this.ledger.refresh());
  }

  private get telling(): boolean {
    const { route, sheet } = this.router;
    const open = this.ledger.leases.value?.length ?? 0;
    return open > 0 || sheet !== null || route.screen === 'new' || route.screen === 'edit';
  }

  /** Begins to listen, to tick and to load; the returned function ends it all. */
  start(): () => void {
    const ends = [
      this.platform.on('engine', this.ledger.hear),
      this.platform.on('engine', this.preflights.hear),
      this.platform.on('engine', this.bulk.hear),
      this.platform.on('navigate', ({ route }) => this.follow(route)),
      this.platform.on('close_asked', () => this.askToQuit()),
      this.clock.start(),
      $effect.root(() => {
        $effect(() => {
          if (this.telling) untrack(() => this.clock.wake());
        });
      }),
      this.router.start(),
    ];
    void this.ledger.refresh().then(() => this.api.windowReady());
    return () => {
      for (const end of ends) end();
    };
  }

  /** To a place that the tray or a notification names. One of them is a question. */
  private follow(route: string): void {
    this.router.show(route);
    if (!/^[#/]*revoke-all$/.test(route)) return;
    void this.ledger.leases.refresh().then(() => {
      const open = this.revocable;
      if (open.length > 0) this.askToRevoke(open);
    });
  }

  /** To a screen, to do something there. */
  goAndDo(route: Route, wish: Wish): void {
    this.wish = wish;
    this.router.go(route);
  }

  /** What is wished of the screen that can do these; once. For an effect. */
  takeWish<One extends Wish>(...able: One[]): One | null {
    const wish = able.find((one) => one === this.wish) ?? null;
    if (wish) this.wish = null;
    return wish;
  }

  /** Nothing lies over the screen that has its own keys, or that must not be taken away. */
  get clear(): boolean {
    return this.over === null && this.router.sheet === null && this.questions.current === null;
  }

  /** Leases whose access can still be ended by hand. */
  get revocable(): LeaseView[] {
    return (this.ledger.leases.value ?? []).filter(isRevocable);
  }

  /** Copies what is no secret; true when it was. */
  copy = async (text: string): Promise<boolean> => {
    const done = await this.attempt(async () => {
      await this.api.copyText(text);
      return true;
    });
    return done === true;
  };

  onEngine(handler: (event: Event) => void): Unlisten {
    return this.platform.on('engine', handler);
  }

  /** Does something whose failure is told in passing, as there is no place of its own for it. */
  async attempt<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (rejection) {
      const { message, hint } = asProblem(rejection);
      this.toasts.say('danger', message, hint);
      return null;
    }
  }

  /** Something in the window itself went wrong; a person can hand it on. */
  tellDefect(error: unknown): void {
    const report = reportOf(error, this.ledger.status.value?.version);
    this.toasts.say(
      'danger',
      'Something in this window went wrong.',
      'Nothing is lost: the engine goes on, and leases end on time in any case.',
      {
        about: 'defect',
        action: { label: 'Copy the report', act: () => void this.copy(report) },
      },
    );
  }

  /** Tells what AWS confirmed and what is pending, never what was merely asked. */
  tellRevoked(report: RevokeReport): void {
    const done = report.revoked.length;
    const [first] = report.pending;
    if (!first) {
      if (done > 0) {
        const users = done === 1 ? 'the user is gone' : `${done} users are gone`;
        this.toasts.say('ok', `Revoked. AWS confirmed: ${users}.`);
      }
      return;
    }
    const next = first.next_attempt_at
      ? ` Next try ${dueWords(Date.parse(first.next_attempt_at), Date.now())}.`
      : '';
    this.toasts.say(
      'warn',
      `${report.pending.length} of ${done + report.pending.length} not finished: it is tried again without end.`,
      `${first.reason ?? 'AWS has not confirmed yet.'}${next}`,
    );
  }

  /** `begun` is called once it is decided. */
  askToRevoke(leases: LeaseView[], begun?: () => void): void {
    const [first] = leases;
    if (!first) return;
    const one = leases.length === 1;
    if (!one && this.bulk.busy) {
      this.toasts.say(
        'warn',
        'Leases are being revoked already.',
        'Wait until that is done, or stop the rest of it.',
      );
      this.router.go({ screen: 'leases' });
      return;
    }
    this.questions.ask({
      title: one ? `Revoke this lease of ${first.secret}?` : `Revoke ${leases.length} leases?`,
      body: [
        one
          ? `The IAM user ${first.user_name} and its key are deleted from the account ${first.account_id}. Whatever uses the key stops working now.`
          : `${spread(leases)} Their IAM users and keys are deleted. Whatever uses the keys stops working now.`,
        'A revoked lease cannot be brought back. Roles that its holder has assumed run to their own end.',
      ],
      action: one ? 'Revoke' : `Revoke ${leases.length}`,
      danger: true,
      testid: 'revoke-confirm',
      act: async () => {
        if (one) this.tellRevoked(await this.api.revoke([first.id]));
      },
      then: () => {
        if (!one) {
          // Told on the screen of leases; the question does not wait for it.
          void this.bulk.start(leases);
          this.router.go({ screen: 'leases' });
        }
        begun?.();
      },
    });
  }

  private askToQuit(): void {
    const open = this.ledger.status.value?.active_leases ?? 0;
    const leases = open === 1 ? 'Its 1 active lease ends' : `Its ${open} active leases end`;
    this.questions.ask({
      title: 'Quit Leasehold?',
      body: [
        'There is no tray here to stay in.',
        open > 0
          ? `${leases} on time all the same: AWS denies the keys by itself. Their users are deleted when Leasehold runs again, and nobody is notified meanwhile.`
          : 'No lease is active.',
      ],
      action: 'Quit',
      testid: 'quit-confirm',
      act: () => this.api.quit(),
    });
  }
}

/** `Of 4 dynamic secrets in 2 accounts.`: what many leases have in common, to catch a wrong choice. */
function spread(leases: readonly LeaseView[]): string {
  const secrets = new Set(leases.map((lease) => lease.secret_id ?? lease.secret)).size;
  const accounts = new Set(leases.map((lease) => lease.account_id)).size;
  const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;
  return `They are of ${counted(secrets, 'dynamic secret')} in ${counted(accounts, 'account')}.`;
}

const KEY = Symbol('desk');
export const setDesk = (desk: Desk): Desk => setContext(KEY, desk);
export const useDesk = (): Desk => getContext<Desk>(KEY);
