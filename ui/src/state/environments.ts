// Environments: added, renamed, moved and removed, each with its way back.
import type { Desk } from './desk.svelte';

export class Environments {
  constructor(private readonly desk: Desk) {}

  get names(): string[] {
    return (this.desk.ledger.environments.value ?? []).map(({ name }) => name);
  }

  /** The open environment; the first one while none was chosen or the chosen one is gone. */
  get current(): string {
    const chosen = this.desk.environment;
    return this.names.includes(chosen) ? chosen : (this.names[0] ?? '');
  }

  show(name: string): void {
    this.desk.environment = name;
  }

  isRemovable(name: string): boolean {
    const known = this.desk.ledger.environments.value?.find((one) => one.name === name);
    return known?.secrets === 0 && this.names.length > 1;
  }

  mayMove(name: string, step: -1 | 1): boolean {
    const place = this.names.indexOf(name) + step;
    return place >= 0 && place < this.names.length;
  }

  askToAdd = (): void => {
    this.desk.questions.ask({
      title: 'Add an environment',
      body: ['Environments keep dynamic secrets apart, as tabs of the overview.'],
      name: { label: 'Name', value: '' },
      action: 'Add',
      act: async (typed) => {
        const name = await this.renamed(() => this.desk.api.addEnvironment(typed), typed);
        this.show(name);
        this.desk.undo.offer(`${name} is added.`, () => this.desk.api.removeEnvironment(name));
      },
    });
  };

  askToRename(old: string): void {
    this.desk.questions.ask({
      title: `Rename ${old}`,
      body: ['Its dynamic secrets move along. Leases keep the name they were issued under.'],
      name: { label: 'Name', value: old },
      action: 'Rename',
      act: async (typed) => {
        const name = await this.renamed(() => this.desk.api.renameEnvironment(old, typed), typed);
        this.show(name);
        if (name === old) return;
        this.desk.undo.offer(`${old} is called ${name} now.`, async () => {
          await this.desk.api.renameEnvironment(name, old);
          if (this.desk.environment === name) this.show(old);
        });
      },
    });
  }

  askToRemove(name: string): void {
    this.desk.questions.ask({
      title: `Remove ${name}?`,
      body: ['It holds no dynamic secret. Its ended leases stay in the history.'],
      action: 'Remove',
      danger: true,
      act: async () => {
        const before = this.names;
        await this.desk.api.removeEnvironment(name);
        this.desk.undo.offer(`${name} is removed.`, async () => {
          await this.desk.api.addEnvironment(name);
          await this.desk.ledger.environments.refresh();
          // Back in its place, among whatever stands there by now.
          const names = this.names.filter((other) => other !== name);
          const followers = before.slice(before.indexOf(name) + 1);
          const next = names.findIndex((other) => followers.includes(other));
          names.splice(next === -1 ? names.length : next, 0, name);
          await this.desk.api.reorderEnvironments(names);
          this.show(name);
        });
      },
    });
  }

  move(name: string, step: -1 | 1): void {
    if (!this.mayMove(name, step)) return;
    const before = this.names;
    const place = before.indexOf(name);
    const names = before.toSpliced(place, 1);
    names.splice(place + step, 0, name);
    this.show(name);
    void this.desk.attempt(async () => {
      await this.desk.api.reorderEnvironments(names);
      this.desk.undo.offer(
        `${name} is moved ${step < 0 ? 'left' : 'right'}.`,
        () => this.desk.api.reorderEnvironments(before),
        'environment order',
      );
    });
  }

  /** The name as the engine took it, which trims and lowers what was typed. */
  private async renamed(work: () => Promise<unknown>, typed: string): Promise<string> {
    const before = this.names;
    await work();
    await this.desk.ledger.environments.refresh();
    return this.names.find((name) => !before.includes(name)) ?? typed;
  }
}
