// Everything the engine has told the window, kept current by its events instead of by asking again and again.
import type { Commands } from '../api/commands';
import type {
  ConnectionView,
  EnvironmentView,
  Event,
  LeaseView,
  SecretView,
  Settings,
  StatusView,
} from '../api/types';
import { isOpen } from '../words/lease';
import { Loaded } from './loaded.svelte';

/** The list with this lease in it: in its place where it is there, else first. The order never jumps. */
export function withLease(leases: readonly LeaseView[], lease: LeaseView): LeaseView[] {
  const index = leases.findIndex((known) => known.id === lease.id);
  return index === -1 ? [lease, ...leases] : leases.with(index, lease);
}

export class Ledger {
  readonly status: Loaded<StatusView>;
  readonly environments: Loaded<EnvironmentView[]>;
  readonly connections: Loaded<ConnectionView[]>;
  readonly secrets: Loaded<SecretView[]>;
  /** Leases that are not at rest. */
  readonly leases: Loaded<LeaseView[]>;
  readonly settings: Loaded<Settings>;
  private watchers: ((lease: LeaseView) => void)[] = [];

  constructor(api: Commands) {
    this.status = new Loaded(api.status);
    this.environments = new Loaded(api.environments);
    this.connections = new Loaded(api.connections);
    this.secrets = new Loaded(api.secrets);
    this.leases = new Loaded(api.openLeases);
    this.settings = new Loaded(api.settings);
  }

  refresh = async (): Promise<void> => {
    await Promise.all([
      this.status.refresh(),
      this.environments.refresh(),
      this.connections.refresh(),
      this.secrets.refresh(),
      this.leases.refresh(),
      this.settings.refresh(),
    ]);
  };

  /** Hears of every lease that changes until the returned function is called. */
  onLease(watcher: (lease: LeaseView) => void): () => void {
    this.watchers = [...this.watchers, watcher];
    return () => {
      this.watchers = this.watchers.filter((other) => other !== watcher);
    };
  }

  hear = (event: Event): void => {
    switch (event.kind) {
      case 'lease_changed':
        this.put(event.lease);
        this.recount();
        break;
      case 'lease_expiring':
      case 'revoke_failed':
      case 'alarm':
        this.put(event.lease);
        void this.status.refresh();
        break;
      case 'catalog_changed':
        void this.environments.refresh();
        this.recount();
        break;
      case 'clock_moved':
        void this.leases.refresh();
        this.recount();
        break;
      case 'settings_changed':
        void this.settings.refresh();
        break;
      case 'login_needed':
        void this.connections.refresh();
        void this.status.refresh();
        break;
      case 'rotation_progress':
        void this.connections.refresh();
        break;
      case 'reconciled':
        void this.status.refresh();
        break;
      case 'issue_progress':
      case 'bulk_progress':
      case 'activity_changed':
        break;
    }
  };

  private put(lease: LeaseView): void {
    const known = this.leases.value;
    if (known) {
      this.leases.value = isOpen(lease)
        ? withLease(known, lease)
        : known.filter((other) => other.id !== lease.id);
    }
    for (const watcher of this.watchers) watcher(lease);
  }

  /** Both count their leases. */
  private recount(): void {
    void this.connections.refresh();
    void this.secrets.refresh();
    void this.status.refresh();
  }
}
