// One dynamic secret's page: a few pages of its leases, kept current, and what can be done with it.
import type { LeaseView, SecretView } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { ALL_LEASES, LeaseHistory } from '../../state/history.svelte';
import type { SecretTab } from '../../state/router.svelte';
import { isRevocable } from '../../words/lease';
import { nextSort, type Sort, type SortBy } from '../../words/leaseorder';
import { LeaseSelection } from '../leases/selection.svelte';
import { askToDelete } from '../overview/overview.svelte';

export class SecretModel {
  readonly leases: LeaseHistory;
  sorted = $state.raw<Sort | null>(null);

  constructor(
    private readonly desk: Desk,
    private readonly id: string,
  ) {
    this.leases = new LeaseHistory(desk.api);
  }

  readonly selection = new LeaseSelection(() => this.leases.leases ?? []);

  sort = (by: SortBy): void => {
    this.sorted = nextSort(this.sorted, by);
    this.follow();
  };

  private follow(): void {
    this.leases.follow({
      ...ALL_LEASES,
      secret_id: this.id,
      sort: this.sorted?.by ?? 'issued',
      ascending: this.sorted?.down === false,
    });
  }

  revokeSelected = (): void => this.desk.askToRevoke(this.selection.leases, this.selection.clear);

  /** Lives in the address: a link leads to it, a reload comes back to it. */
  get tab(): SecretTab {
    const { route } = this.desk.router;
    return (route.screen === 'secret' && route.tab) || 'leases';
  }

  show(tab: SecretTab): void {
    this.desk.router.amend({ screen: 'secret', id: this.id, tab });
  }

  get secret(): SecretView | null {
    return this.desk.ledger.secrets.value?.find((secret) => secret.id === this.id) ?? null;
  }

  get revocable(): LeaseView[] {
    const open = this.desk.ledger.leases.value ?? [];
    return open.filter((lease) => lease.secret_id === this.id && isRevocable(lease));
  }

  start(): () => void {
    this.follow();
    const forget = this.desk.ledger.onLease((lease) => this.leases.hear(lease));
    const moved = this.desk.onEngine((event) => {
      if (event.kind === 'clock_moved') void this.leases.load();
    });
    return () => {
      forget();
      moved();
    };
  }

  generate = (): void => this.desk.router.open({ sheet: 'generate', secretId: this.id });
  activity = (): void => {
    this.desk.router.go({ screen: 'activity', filter: { secret: this.id } });
  };
  edit = (): void => this.desk.router.go({ screen: 'edit', id: this.id });
  remove = (): void => {
    if (this.secret) {
      askToDelete(this.desk, this.secret, () => this.desk.router.go({ screen: 'overview' }));
    }
  };
}
