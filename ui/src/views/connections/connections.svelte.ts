// What can be done with connections: check, see the policy, remove; and with the practice account's clock.
import { SvelteSet } from 'svelte/reactivity';
import { asProblem } from '../../api/problem';
import type { ConnectionView, Problem } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { ttlWords } from '../../time/ttl';

export class ConnectionsModel {
  adding = $state(false);
  skipping = $state(false);
  skipProblem = $state.raw<Problem | null>(null);
  private readonly checking = new SvelteSet<string>();

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

  showPolicy(name: string): void {
    this.desk.router.open({ sheet: 'policy', connection: name });
  }

  askToRemove(connection: ConnectionView): void {
    const used = connection.secrets > 0 || connection.open_leases > 0;
    this.desk.questions.ask({
      title: `Remove ${connection.name}?`,
      body: [
        connection.practice
          ? 'The practice account and everything in it goes.'
          : `The managing key leaves the keychain. In AWS it stays: delete it there if nobody else uses it (${connection.access_key_id ?? 'no key'}).`,
        used
          ? `It is used by ${connection.secrets} dynamic secrets and ${connection.open_leases} open leases. They must go first.`
          : 'No dynamic secret uses it.',
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
