// What every screen stands on: the commands, what is known, the clock, the way around, and how to ask and tell.
import { getContext, setContext, untrack } from 'svelte';
import { commandsOn, type Commands } from '../api/commands';
import { asProblem } from '../api/problem';
import type {
  AuthMethodDraft,
  DesktopView,
  Event,
  LeaseView,
  RevokeReport,
  SecretDraft,
} from '../api/types';
import type { Platform, Unlisten } from '../platform/platform';
import { dueWords, inLocalTime } from '../time/moment';
import { Access } from './access.svelte';
import { Bulk } from './bulk.svelte';
import { Clock } from './clock.svelte';
import { Codes } from './codes.svelte';
import { Environments } from './environments';
import { Folds } from './folds.svelte';
import { LeaseChoices } from './leasechoices.svelte';
import { Ledger } from './ledger.svelte';
import { Loaded } from './loaded.svelte';
import { Preflights } from './preflights.svelte';
import { Questions } from './questions.svelte';
import { Quitting } from './quitting.svelte';
import { Recents } from './recents.svelte';
import { pathOf, Router, type Route } from './router.svelte';
import { isRevocable, isSession } from '../words/lease';
import { reportOf } from '../words/report';
import { Toasts } from './toasts.svelte';
import { Undo } from './undo.svelte';

/** What one comes back to: an empty form would greet a person who had sent or given up theirs. */
function behind(route: Route): Route {
  switch (route.screen) {
    case 'new':
      return { screen: 'overview' };
    case 'edit':
      return { screen: 'secret', id: route.id };
    case 'new-method':
      return { screen: 'access', tab: 'methods' };
    case 'edit-method':
      return { screen: 'method', id: route.id };
    default:
      return route;
  }
}

/** Screens on which something is typed, and shown when it would end. */
const FORMS: readonly Route['screen'][] = ['new', 'edit', 'new-method', 'edit-method'];

const isAccess = ({ screen }: Route): boolean => screen === 'access' || screen === 'method';

/** What was typed and not yet sent, kept while the window lives. Never a secret. */
interface Drafts {
  secret: SecretDraft | null;
  /** Of secrets that are being edited, by id. */
  edits: Record<string, SecretDraft | undefined>;
  method: AuthMethodDraft | null;
  /** Of auth methods that are being edited, by access id. */
  methodEdits: Record<string, AuthMethodDraft | undefined>;
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
  /** The code of an MFA device that something waits for. */
  readonly codes: Codes;
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
  /** Who may ask from outside, and who does. */
  readonly access: Access;
  /** The end of the application while leases are open. */
  readonly quitting: Quitting;
  /** How Leasehold lives on this desktop. */
  readonly desktop: Loaded<DesktopView>;
  readonly drafts: Drafts = {
    secret: null,
    edits: {},
    method: null,
    methodEdits: {},
    key: null,
    generate: {},
  };
  /** The environment whose tab is open. */
  environment = $state('');
  /** What lies over everything else: the palette, or the list of keys. */
  over = $state<'palette' | 'keys' | null>(null);
  /** Who is to be tried on an auth method, handed over from where they were seen. */
  testing: { arn: string; uniqueId: string } | null = null;
  private wish = $state<Wish | null>(null);
  /** The dynamic secret that was added a moment ago: the overview shows it and puts the focus on it. */
  justAdded = $state<string | null>(null);
  private readonly platform: Platform;

  constructor(platform: Platform) {
    this.platform = platform;
    this.api = commandsOn(platform);
    this.ledger = new Ledger(this.api);
    this.codes = new Codes(this.api);
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
    this.access = new Access(this);
    this.quitting = new Quitting(
      this.api,
      this.bulk,
      () => this.live,
      () => this.desktop.value?.untaken_keys ?? 0,
    );
    this.desktop = new Loaded(async () => {
      const desktop = await this.api.desktop();
      if (desktop.word) this.toasts.say('warn', desktop.word.message, desktop.word.hint);
      return desktop;
    });
  }

  private get telling(): boolean {
    const { route, sheet } = this.router;
    const open = this.ledger.leases.value?.length ?? 0;
    const sessions = this.access.live > 0 && isAccess(route);
    const typing = FORMS.includes(route.screen);
    return open > 0 || sheet !== null || sessions || typing;
  }

  /** Begins to listen, to tick and to load; the returned function ends it all. */
  start(): () => void {
    const ends = [
      this.platform.on('engine', this.ledger.hear),
      this.platform.on('engine', this.preflights.hear),
      this.platform.on('engine', this.bulk.hear),
      this.platform.on('navigate', ({ route, environment }) => {
        if (environment) this.environment = environment;
        if (route !== '') this.follow(route);
      }),
      this.platform.on('unload_asked', () => {
        if (!this.isNeeded) void this.api.unloadWindow().catch(() => undefined);
      }),
      this.platform.on('code_asked', this.codes.hear),
      this.platform.on('close_asked', () => this.askToQuit(true)),
      this.platform.on('desktop_changed', () => void this.desktop.refresh()),
      this.platform.on('engine', this.hearGivenUp),
      this.platform.on('engine', this.access.hear),
      this.platform.on('access', this.access.hearNews),
      this.platform.on('gateway', this.access.hearGateway),
      this.platform.on('clock_changed', () => {
        this.clock.look();
        void this.ledger.refresh();
      }),
      this.clock.start(),
      $effect.root(() => {
        $effect(() => {
          if (this.telling) untrack(() => this.clock.wake());
        });
      }),
      this.router.start(),
    ];
    void this.ledger.refresh();
    void this.desktop.refresh();
    void this.access.refresh();
    void this.codes.load();
    void this.api.windowReady();
    return () => {
      for (const end of ends) end();
    };
  }

  /** To a place that the tray or a notification names. One of them is a question. */
  private follow(route: string): void {
    if (/^[#/]*quit$/.test(route)) {
      void this.ledger.leases.refresh().then(() => this.askToQuit(false));
      return;
    }
    this.router.show(route);
    const one = /^[#/]*revoke\/(.+)$/.exec(route)?.[1];
    if (one === undefined && !/^[#/]*revoke-all$/.test(route)) return;
    void this.ledger.leases.refresh().then(() => {
      const open = this.revocable.filter(({ id }) => one === undefined || id === one);
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

  /** The screen, and what lies over it and can be come back to. */
  get place(): { route: string; environment: string } {
    const { route, sheet } = this.router;
    const over =
      sheet?.sheet === 'lease'
        ? `/leases/${encodeURIComponent(sheet.leaseId)}`
        : sheet?.sheet === 'break-glass'
          ? '/settings/break-glass'
          : null;
    return { route: over ?? pathOf(behind(route)), environment: this.environment };
  }

  /** Something in the window would be lost with it: what was typed, a question, a revoke of many. */
  private get isNeeded(): boolean {
    const { route, sheet } = this.router;
    const { secret, edits, method, methodEdits, key } = this.drafts;
    const typing = FORMS.includes(route.screen);
    const begun = secret !== null || method !== null || key !== null;
    const typed = begun || [...Object.values(edits), ...Object.values(methodEdits)].some(Boolean);
    const over = sheet !== null && !['lease', 'break-glass', 'policy'].includes(sheet.sheet);
    const renewing = sheet?.sheet === 'lease' && sheet.renewing === true;
    const generating = Object.values(this.drafts.generate).some(Boolean);
    const asked =
      this.questions.current !== null ||
      this.quitting.phase !== null ||
      this.codes.current !== null;
    return typing || typed || over || renewing || generating || asked || this.bulk.busy;
  }

  /** Nothing lies over the screen that has its own keys, or that must not be taken away. */
  get clear(): boolean {
    const asked =
      this.questions.current !== null ||
      this.quitting.phase !== null ||
      this.codes.current !== null;
    return this.over === null && this.router.sheet === null && !asked;
  }

  /** Leases whose key works now. */
  private get live(): LeaseView[] {
    return (this.ledger.leases.value ?? []).filter(({ state }) => state === 'active');
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

  /** The key of a lease, once more in its own window. */
  showKey = async (leaseId: string): Promise<void> => {
    await this.attempt(() => this.api.openCredentials(leaseId));
  };

  /** A key that nobody tries any more; its own window says it too, if it is open. */
  private hearGivenUp = (event: Event): void => {
    if (event.kind !== 'not_usable') return;
    const { lease_id: leaseId, problem } = event;
    const open = () => this.router.open({ sheet: 'lease', leaseId });
    this.toasts.say('warn', problem.message, problem.hint, {
      about: `not usable ${leaseId}`,
      action: { label: 'Open the lease', act: open },
    });
  };

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
  tellRevoked(report: RevokeReport, ofSessions = false): void {
    const done = report.revoked.length;
    const [first] = report.pending;
    if (!first) {
      if (done > 0) {
        const users = done === 1 ? 'the user is gone' : `${done} users are gone`;
        const said = ofSessions ? 'everything is denied to the session' : users;
        this.toasts.say('ok', `Revoked. AWS confirmed: ${said}.`);
      } else if (report.ended.length > 0) {
        this.toasts.say('ok', 'It had ended by itself already.');
      }
      return;
    }
    if (ofSessions) {
      this.toasts.say('warn', 'Not revoked: its access is still open.', first.reason);
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
          ? whatRevokeDoes(first, this.clock.aws(first.clock_offset_ms))
          : `${spread(leases)} Their IAM users and keys are deleted, and everything is denied to their sessions. Whatever uses the keys stops working now.`,
        'A revoked lease cannot be brought back. Roles that its holder has assumed run to their own end.',
      ],
      action: one ? 'Revoke' : `Revoke ${leases.length}`,
      danger: true,
      testid: 'revoke-confirm',
      act: async () => {
        if (one) this.tellRevoked(await this.api.revoke([first.id]), isSession(first));
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

  /** Closed without a tray, or ended from it. Where no lease is open, nothing is at stake but that it ends. */
  private askToQuit(withoutTray: boolean): void {
    if (this.live.length > 0) {
      void this.desktop.refresh();
      this.quitting.ask(withoutTray);
      return;
    }
    this.questions.ask({
      title: 'Quit Leasehold?',
      body: [
        ...(withoutTray ? ['There is no tray here to stay in.'] : []),
        this.ledger.leases.value ? 'No lease is active.' : 'Leases end on time in any case.',
      ],
      action: 'Quit',
      testid: 'quit-confirm',
      act: () => this.api.quit(),
    });
  }
}

/** What becomes of the access of one. */
function whatRevokeDoes(lease: LeaseView, now: number): string {
  if (!isSession(lease)) {
    return `The IAM user ${lease.user_name} and its key are deleted from the account ${lease.account_id}. Whatever uses the key stops working now.`;
  }
  const note = inLocalTime(lease.revoke_note ?? '', now);
  const others =
    lease.credential.kind === 'assumed_role' ? ' Other sessions of its role go on.' : '';
  return `${note} It is the session ${lease.user_name} in the account ${lease.account_id}.${others}`;
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
