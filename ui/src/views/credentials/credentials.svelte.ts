// The credentials of a fresh lease while they are on show: masked until revealed, copied by the desktop, gone when closed.
import { asProblem } from '../../api/problem';
import type { CopyWhat, Format, LeaseView, Problem } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';

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

const REMEMBERED = 'leasehold.format';
const HOLDS_SECRET = (what: CopyWhat) => what !== 'user_name' && what !== 'access_key_id';

function rememberedFormat(): Format {
  const kept = localStorage.getItem(REMEMBERED);
  return FORMATS.find(({ value }) => value === kept)?.value ?? 'bash';
}

export class CredentialsModel {
  lease = $state.raw<LeaseView | null>(null);
  accessKeyId = $state('');
  format = $state<Format>(rememberedFormat());
  preview = $state('');
  /** The secret access key while it is revealed, and only then. */
  secret = $state<string | null>(null);
  copied = $state.raw<CopyWhat | null>(null);
  /** When the clipboard is cleared, on this computer's clock. */
  clearsAt = $state<number | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** The sheet asks before it takes away what nobody has taken. */
  asksToClose = $state(false);
  private taken = $state(false);
  private copiedAt = 0;

  constructor(
    private readonly desk: Desk,
    private readonly leaseId: string,
  ) {
    if (desk.issued?.lease.id === leaseId) {
      this.lease = desk.issued.lease;
      this.accessKeyId = desk.issued.access_key_id;
    }
  }

  get now(): number {
    return this.desk.clock.aws(this.lease?.clock_offset_ms ?? 0);
  }

  /** Why nobody tries the key any more, and what to do. */
  get givenUp(): Problem | null {
    return this.desk.givenUp[this.leaseId] ?? null;
  }

  /** Seconds until the clipboard is cleared; null when nothing of ours is in it. */
  get clearsIn(): number | null {
    if (this.clearsAt === null) return null;
    // The tick may be a little older than the copy.
    const left = this.clearsAt - Math.max(this.desk.clock.now, this.copiedAt);
    return left > 0 ? Math.max(1, Math.round(left / 1000)) : null;
  }

  start(): () => void {
    const known = this.desk.ledger.leases.value?.find(({ id }) => id === this.leaseId);
    if (known) this.lease = known;
    const forget = this.desk.ledger.onLease((lease) => {
      if (lease.id === this.leaseId) this.lease = lease;
    });
    // A revealed secret does not stay on a screen that nobody looks at.
    const hide = () => {
      if (document.hidden) this.secret = null;
    };
    document.addEventListener('visibilitychange', hide);
    return () => {
      forget();
      document.removeEventListener('visibilitychange', hide);
      this.secret = null;
      this.desk.issued = null;
      void this.desk.api.closeCredentials(this.leaseId).catch(() => undefined);
    };
  }

  /** Shows how the chosen format looks, with the secret masked by the desktop. */
  async show(format: Format): Promise<void> {
    this.format = format;
    localStorage.setItem(REMEMBERED, format);
    await this.attempt(async () => {
      const text = await this.desk.api.preview(this.leaseId, format);
      if (this.format === format) this.preview = text;
    });
  }

  async toggle(): Promise<void> {
    if (this.secret !== null) {
      this.secret = null;
      return;
    }
    await this.attempt(async () => {
      this.secret = (await this.desk.api.reveal(this.leaseId)).secret_access_key;
      this.taken = true;
    });
  }

  async copy(what: CopyWhat): Promise<void> {
    await this.attempt(async () => {
      const { clears_in_seconds } = await this.desk.api.copyCredentials(this.leaseId, what);
      this.copied = what;
      this.copiedAt = Date.now();
      this.clearsAt = clears_in_seconds === null ? null : this.copiedAt + clears_in_seconds * 1000;
      if (HOLDS_SECRET(what)) this.taken = true;
      setTimeout(() => {
        if (this.copied === what) this.copied = null;
      }, 2000);
    });
  }

  async keep(keep: boolean): Promise<void> {
    const before = this.lease?.kept ?? false;
    if (this.lease) this.lease = { ...this.lease, kept: keep };
    const done = await this.attempt(() => this.desk.api.keepCredentials(this.leaseId, keep));
    if (!done && this.lease) this.lease = { ...this.lease, kept: before };
  }

  /** Closes, or asks first when the secret was neither copied nor seen nor kept. */
  close = (): void => {
    if (this.taken || this.lease?.kept || this.asksToClose) this.desk.router.close();
    else this.asksToClose = true;
  };

  private async attempt(work: () => Promise<unknown>): Promise<boolean> {
    this.problem = null;
    try {
      await work();
      return true;
    } catch (rejection) {
      this.problem = asProblem(rejection);
      return false;
    }
  }
}
