// One dynamic secret's page: its leases, kept current, and what can be done with it.
import type { LeaseView, SecretView } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { withLease } from '../../state/ledger.svelte';
import { Loaded } from '../../state/loaded.svelte';
import { askToDelete } from '../overview/overview.svelte';

export class SecretModel {
  tab = $state<'leases' | 'settings'>('leases');
  readonly leases: Loaded<LeaseView[]>;

  constructor(
    private readonly desk: Desk,
    private readonly id: string,
  ) {
    this.leases = new Loaded(() => desk.api.leasesOf(id));
  }

  get secret(): SecretView | null {
    return this.desk.ledger.secrets.value?.find((secret) => secret.id === this.id) ?? null;
  }

  get revocable(): LeaseView[] {
    return (this.leases.value ?? []).filter(
      ({ state }) => state === 'active' || state === 'issuing',
    );
  }

  start(): () => void {
    void this.leases.refresh();
    const forget = this.desk.ledger.onLease((lease) => {
      if (lease.secret_id === this.id && this.leases.value) {
        this.leases.value = withLease(this.leases.value, lease);
      }
    });
    const moved = this.desk.onEngine((event) => {
      if (event.kind === 'clock_moved') void this.leases.refresh();
    });
    return () => {
      forget();
      moved();
    };
  }

  generate = (): void => this.desk.router.open({ sheet: 'generate', secretId: this.id });
  edit = (): void => this.desk.router.go({ screen: 'edit', id: this.id });
  remove = (): void => {
    if (this.secret) {
      askToDelete(this.desk, this.secret, () => this.desk.router.go({ screen: 'overview' }));
    }
  };
}
