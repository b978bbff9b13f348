// What can be done with connections: check, see the policy, remove; and with the practice account's clock.
import { SvelteSet } from 'svelte/reactivity';
import { asProblem } from '../../api/problem';
import type { ConnectionView, OrphanView, Problem } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { millis } from '../../time/moment';
import { ttlWords } from '../../time/ttl';
import type { Compared } from './reconcile';

export class ConnectionsModel {
  adding = $state(false);
  skipping = $state(false);
  skipProblem = $state.raw<Problem | null>(null);
  /** What the last comparison of this visit found. */
  compared = $state.raw<Compared | null>(null);
  compareProblem = $state.raw<Problem | null>(null);
  /** The connection that is being compared, `null` for all; `undefined` when none is. */
  comparing = $state.raw<string | null | undefined>(undefined);
  private readonly checking = new SvelteSet<string>();
  private readonly adopting = new SvelteSet<string>();

  constructor(private readonly desk: Desk) {}

  get practice(): ConnectionView | null {
    return this.desk.ledger.connections.value?.find(({ practice }) => practice) ?? null;
  }

  addPractice = async (): Promise<void> => {
    this.adding = true;
    await this.desk.attempt(() => this.desk.api.addPractice('practice'));
    await this.desk.ledger.connections.refresh();
    this.adding = false;
  };

  isChecking(name: string): boolean {
    return this.checking.has(name);
  }

  async check(name: string): Promise<void> {
    this.checking.add(name);
    const seen = await this.desk.attempt(() => this.desk.api.checkConnection(name));
    await this.desk.ledger.connections.refresh();
    this.checking.delete(name);
    if (seen && !seen.problem) {
      this.desk.toasts.say('ok', `${name} works.`, `AWS calls it ${seen.caller_arn}.`);
    }
  }

  /** Compares what is recorded with what an account holds, or all of them. */
  async compare(connection: string | null): Promise<void> {
    if (this.comparing !== undefined) return;
    this.comparing = connection;
    this.compareProblem = null;
    try {
      const report = await this.desk.api.reconcile(connection);
      this.compared = { report, at: Date.now(), connection };
    } catch (rejection) {
      this.compareProblem = asProblem(rejection);
    } finally {
      this.comparing = undefined;
      void this.desk.ledger.refresh();
    }
  }

  isComparing(connection: string): boolean {
    return this.comparing === connection || this.comparing === null;
  }

  closeReport = (): void => {
    this.compared = null;
  };

  /** When the leases of a connection were last compared; null when it has none or none was. */
  lastCompared(connection: string): number | null {
    const moments = (this.desk.ledger.leases.value ?? [])
      .filter((lease) => lease.connection === connection && lease.reconciled_at !== null)
      .map((lease) => millis(lease.reconciled_at ?? ''));
    return moments.length > 0 ? Math.max(...moments) : null;
  }

  copy = (text: string): Promise<boolean> => this.desk.copy(text);

  openLease(leaseId: string): void {
    this.desk.router.open({ sheet: 'lease', leaseId });
  }

  isAdopting(orphan: OrphanView): boolean {
    return this.adopting.has(orphan.user_id);
  }

  async adopt(orphan: OrphanView): Promise<void> {
    this.adopting.add(orphan.user_id);
    const lease = await this.desk.attempt(() =>
      this.desk.api.adoptOrphan(orphan.connection, orphan.user_name),
    );
    this.adopting.delete(orphan.user_id);
    if (!lease) return;
    this.settled(orphan);
    this.desk.toasts.say(
      'ok',
      `${orphan.user_name} is a lease again.`,
      'It ends when AWS says, and is taken down like any other.',
    );
  }

  askToRemoveOrphan(orphan: OrphanView): void {
    this.desk.questions.ask({
      title: `Remove ${orphan.user_name}?`,
      body: [
        `It carries this installation’s guards, and no lease knows it. The user and whatever is attached to it are deleted from the account ${orphan.account_id}; whatever uses its key stops working now.`,
        'It becomes a lease first, so that the removal is recorded, and tried again until AWS has confirmed it.',
      ],
      action: 'Remove',
      danger: true,
      testid: 'remove-orphan-confirm',
      act: async () => {
        const lease = await this.desk.api.removeOrphan(orphan.connection, orphan.user_name);
        this.settled(orphan);
        if (lease.state === 'revoked') {
          this.desk.toasts.say('ok', `Removed. AWS confirmed: ${orphan.user_name} is gone.`);
        } else {
          this.desk.toasts.say(
            'warn',
            `${orphan.user_name} is not gone yet: it is tried again without end.`,
            lease.reason,
          );
        }
      },
    });
  }

  /** It has a lease now. */
  private settled(orphan: OrphanView): void {
    void this.desk.ledger.refresh();
    if (!this.compared) return;
    const { report } = this.compared;
    const orphans = report.orphans.filter(
      (one) => one.user_id !== orphan.user_id || one.connection !== orphan.connection,
    );
    this.compared = { ...this.compared, report: { ...report, orphans } };
  }

  /** Days after which a key is called old; 0 where nobody wants to be told. */
  get keyAgeDays(): number {
    return this.desk.ledger.settings.value?.key_age_days ?? 0;
  }

  rotate(name: string): void {
    this.desk.router.open({ sheet: 'rotate', connection: name });
  }

  showPolicy(name: string): void {
    this.desk.router.open({ sheet: 'policy', connection: name });
  }

  askToRemove(connection: ConnectionView): void {
    const { secrets, open_leases: leases } = connection;
    const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;
    const roles = (this.desk.ledger.connections.value ?? [])
      .filter(({ from }) => from === connection.name)
      .map(({ name }) => name);
    this.desk.questions.ask({
      title: `Remove ${connection.name}?`,
      body: [
        connection.practice
          ? 'The practice account and everything in it goes.'
          : connection.kind === 'access_key'
            ? `The managing key leaves the keychain. In AWS it stays: delete it there if nobody else uses it (${connection.access_key_id ?? 'no key'}).`
            : 'No key of it is kept here, and nothing changes in AWS or in the AWS configuration.',
        secrets > 0 || leases > 0
          ? `It is used by ${counted(secrets, 'dynamic secret')} and ${counted(leases, 'open lease')}. They must go first.`
          : 'No dynamic secret uses it.',
        ...(roles.length === 0
          ? []
          : [`The role of ${roles.join(', ')} is assumed from it. That must be removed first.`]),
      ],
      action: 'Remove',
      danger: true,
      testid: 'remove-confirm',
      act: async () => {
        await this.desk.api.removeConnection(connection.name);
        await this.desk.ledger.connections.refresh();
      },
    });
  }

  async skip(connection: string, ttl: string): Promise<boolean> {
    this.skipping = true;
    this.skipProblem = null;
    try {
      await this.desk.api.skipPractice(connection, ttl);
      this.desk.toasts.say(
        'ok',
        `The practice clock went ${ttlWords(ttl)} ahead.`,
        'Real leases are not moved.',
      );
      return true;
    } catch (rejection) {
      this.skipProblem = asProblem(rejection);
      return false;
    } finally {
      this.skipping = false;
    }
  }

  askToReset(connection: ConnectionView): void {
    this.desk.questions.ask({
      title: 'Reset the practice account?',
      body: [
        'Its users, keys and groups go back to the beginning, and its clock to now.',
        'Dynamic secrets stay. Real accounts are not touched.',
      ],
      action: 'Reset',
      danger: true,
      testid: 'reset-confirm',
      act: () => this.desk.api.resetPractice(connection.name),
    });
  }
}
