// One key while it is on show: masked until revealed, copied by the desktop, gone when its window is closed.
import { credentialsOn, type CredentialsCommands } from '../../api/credentials';
import { asProblem } from '../../api/problem';
import type {
  ConsoleOpened,
  ConsoleWay,
  CopyWhat,
  Event,
  Format,
  LeaseView,
  Problem,
  Theme,
} from '../../api/types';
import type { Platform } from '../../platform/platform';
import { Clock } from '../../state/clock.svelte';
import { millis } from '../../time/moment';

export const FORMATS: { value: Format; label: string }[] = [
  { value: 'bash', label: 'bash' },
  { value: 'fish', label: 'fish' },
  { value: 'powershell', label: 'PowerShell' },
  { value: 'cmd', label: 'cmd' },
  { value: 'dotenv', label: '.env' },
  { value: 'json', label: 'JSON' },
  { value: 'profile', label: 'profile' },
  { value: 'docker', label: 'docker -e' },
];

const usual = (format: Format): Format =>
  FORMATS.some(({ value }) => value === format) ? format : 'bash';

export class CredentialsModel {
  readonly clock = new Clock(() => this.telling);
  readonly api: CredentialsCommands;
  lease = $state.raw<LeaseView | null>(null);
  theme = $state.raw<Theme | null>(null);
  format = $state<Format>('bash');
  preview = $state('');
  /** The secret access key while it is revealed, and only then. */
  secret = $state<string | null>(null);
  /** The token of a session, with it. */
  token = $state<string | null>(null);
  copied = $state.raw<CopyWhat | null>(null);
  /** When the clipboard is cleared, on this computer's clock. */
  clearsAt = $state<number | null>(null);
  /** Why nobody tries the key any more, and what to do. */
  givenUp = $state.raw<Problem | null>(null);
  /** What could not be loaded at all. */
  missing = $state.raw<Problem | null>(null);
  /** It asks before it takes away what nobody has taken. */
  asksToClose = $state(false);
  /** The last thing that was asked for failed; the preview has its own, since both may be under way at once. */
  private failed = $state.raw<Problem | null>(null);
  private unseen = $state.raw<Problem | null>(null);
  private copiedAt = 0;
  /** The last switch to keep it, or not to; sealing takes its time. */
  private keeping: Promise<unknown> = Promise.resolve();

  constructor(private readonly platform: Platform) {
    this.api = credentialsOn(platform);
  }

  get problem(): Problem | null {
    return this.failed ?? this.unseen;
  }

  get now(): number {
    return this.clock.aws(this.lease?.clock_offset_ms ?? 0);
  }

  /** The lease has ended, or is ending: the desktop holds no key of it any more. */
  get over(): boolean {
    return this.lease !== null && this.lease.state !== 'active' && this.lease.state !== 'issuing';
  }

  /** Seconds until the clipboard is cleared; null when nothing of ours is in it. */
  get clearsIn(): number | null {
    if (this.clearsAt === null) return null;
    // The tick may be a little older than the copy.
    const left = this.clearsAt - Math.max(this.clock.now, this.copiedAt);
    return left > 0 ? Math.max(1, Math.round(left / 1000)) : null;
  }

  private get telling(): boolean {
    return this.lease === null || !this.over;
  }

  /** Begins to listen and to load; the returned function ends it. */
  start(): () => void {
    // A revealed secret does not stay on a screen that nobody looks at.
    const hide = () => {
      if (document.hidden) this.mask();
    };
    document.addEventListener('visibilitychange', hide);
    const ends = [
      this.platform.on('engine', this.hear),
      this.platform.on('close_asked', () => void this.close()),
      this.platform.on('clock_changed', () => this.clock.look()),
      this.clock.start(),
      () => document.removeEventListener('visibilitychange', hide),
      () => this.mask(),
    ];
    void this.load();
    void this.dress();
    return () => {
      for (const end of ends) end();
    };
  }

  load = async (): Promise<void> => {
    try {
      const { lease, format } = await this.api.get();
      const first = this.lease === null;
      this.missing = null;
      this.put(lease);
      if (first) await this.show(usual(format));
    } catch (rejection) {
      this.missing = asProblem(rejection);
    }
  };

  openConsole(service: string | null, way: ConsoleWay): Promise<ConsoleOpened> {
    return this.api.console(service, way);
  }

  private hear = (event: Event): void => {
    switch (event.kind) {
      case 'lease_changed':
        if (event.lease.id === this.lease?.id) this.put(event.lease);
        break;
      case 'not_usable':
        if (event.lease_id === this.lease?.id) this.givenUp = event.problem;
        break;
      case 'settings_changed':
        void this.dress();
        break;
      // The clock that the lease ends by may be another; or something was missed.
      case 'clock_moved':
      case 'catalog_changed':
        void this.load();
        break;
    }
  };

  private put(lease: LeaseView): void {
    this.lease = lease;
    if (!this.over) return;
    this.mask();
    this.preview = '';
    this.asksToClose = false;
  }

  /** As the settings say; without them as it was. */
  private dress = async (): Promise<void> => {
    const settings = await this.api.settings().catch(() => null);
    if (settings) this.theme = settings.theme;
  };

  /** Shows how the chosen format looks, with the secret masked by the desktop. */
  async show(format: Format): Promise<void> {
    this.format = format;
    if (this.over) return;
    try {
      const text = await this.api.preview(format);
      if (this.format !== format || this.over) return;
      this.preview = text;
      this.unseen = null;
    } catch (rejection) {
      if (this.format === format) this.unseen = asProblem(rejection);
    }
  }

  async toggle(): Promise<void> {
    if (this.secret !== null) {
      this.mask();
      return;
    }
    await this.attempt(async () => {
      const { secret_access_key, session_token } = await this.api.reveal();
      if (this.over) return;
      this.secret = secret_access_key;
      this.token = session_token;
    });
  }

  private mask(): void {
    this.secret = null;
    this.token = null;
  }

  async copy(what: CopyWhat): Promise<void> {
    await this.attempt(async () => {
      const { clears_in_seconds } = await this.api.copy(what);
      this.copied = what;
      this.copiedAt = Date.now();
      this.clearsAt = clears_in_seconds === null ? null : this.copiedAt + clears_in_seconds * 1000;
      setTimeout(() => {
        if (this.copied === what) this.copied = null;
      }, 2000);
    });
  }

  async keep(keep: boolean): Promise<void> {
    const before = this.lease?.kept ?? false;
    if (this.lease) this.lease = { ...this.lease, kept: keep };
    const done = await this.attempt(() => (this.keeping = this.api.keep(keep)));
    if (!done && this.lease) this.lease = { ...this.lease, kept: before };
  }

  /** Closes, or asks first when nobody has the secret; which of them, the desktop knows. */
  close = async (): Promise<void> => {
    // Whoever keeps it and leaves at once is not asked.
    await this.keeping.catch(() => undefined);
    await this.attempt(async () => {
      const closed = await this.api.close(false);
      this.asksToClose = !closed && !this.over;
    });
  };

  closeAnyway = async (): Promise<void> => {
    await this.attempt(() => this.api.close(true));
  };

  /** Escape: back from the question, else the same as closing. */
  escape(): void {
    if (this.asksToClose) this.asksToClose = false;
    else void this.close();
  }

  /** Its end, by AWS's clock. */
  get ends(): number {
    return this.lease ? millis(this.lease.expires_at) : 0;
  }

  private async attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      this.failed = null;
      return true;
    } catch (rejection) {
      this.failed = asProblem(rejection);
      return false;
    }
  }
}
