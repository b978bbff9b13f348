// One dynamic secret's page: its leases, kept current, and what can be done with it.
import { untrack } from 'svelte';
import type { LeaseView, SecretView } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { withLease } from '../../state/ledger.svelte';
import type { SecretTab } from '../../state/router.svelte';
import { Loaded } from '../../state/loaded.svelte';
import { compareBy, nextSort, StillOrder, type Sort, type SortBy } from '../../words/leaseorder';
import { LeaseSelection } from '../leases/selection.svelte';
import { askToDelete } from '../overview/overview.svelte';

export class SecretModel {
  readonly leases: Loaded<LeaseView[]>;
  sorted = $state.raw<Sort | null>(null);
  private readonly order = new StillOrder();

  constructor(
    private readonly desk: Desk,
    private readonly id: string,
  ) {
    this.leases = new Loaded(() => desk.api.leasesOf(id));
  }

  readonly shown = $derived.by(() => {
    const sort = this.sorted;
    const now = untrack(() => this.desk.clock.now);
    return this.order.arrange(
      this.leases.value ?? [],
      JSON.stringify(sort),
      sort && compareBy(sort, now),
    );
  });

  readonly selection = new LeaseSelection(() => this.shown);

  sort = (by: SortBy): void => {
    this.sorted = nextSort(this.sorted, by);
  };

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
  activity = (): void => {
    const secret = this.secret?.draft.name;
    if (secret) this.desk.router.go({ screen: 'activity', filter: { secret } });
  };
  edit = (): void => this.desk.router.go({ screen: 'edit', id: this.id });
  remove = (): void => {
    if (this.secret) {
      askToDelete(this.desk, this.secret, () => this.desk.router.go({ screen: 'overview' }));
    }
  };
}
