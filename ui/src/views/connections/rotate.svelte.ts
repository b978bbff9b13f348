// The replacement of a managing key: which keys there are, what has to go first, and how far it has come.
import { asProblem } from '../../api/problem';
import type { Event, ManagingKey, ManagingKeys, Problem, Rotated } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { Loaded } from '../../state/loaded.svelte';

/** What is done, in its order, by the step that the engine does next once it is done. */
export const STEPS = [
  { step: 'clearing', text: 'Delete the key that was chosen' },
  { step: 'creating', text: 'Make a new key' },
  { step: 'made', text: 'Put it into the keychain' },
  { step: 'kept', text: 'Try it until it works, then use it everywhere' },
  { step: 'switched', text: 'Switch the old key off and delete it' },
] as const;

export type StepState = 'done' | 'now' | 'open' | 'failed';

export class RotateModel {
  readonly keys: Loaded<ManagingKeys>;
  /** The other key to delete first, where there are two. */
  remove = $state<string | null>(null);
  busy = $state(false);
  step = $state<string | null>(null);
  problem = $state.raw<Problem | null>(null);
  done = $state.raw<Rotated | null>(null);

  constructor(
    private readonly desk: Desk,
    readonly name: string,
  ) {
    this.keys = new Loaded(() => desk.api.managingKeys(name));
    // What was interrupted shows how far it came.
    this.step = this.connection?.rotation?.step ?? null;
  }

  start(): () => void {
    if (!this.resumes) void this.keys.refresh();
    return this.desk.onEngine(this.hear);
  }

  get connection() {
    return this.desk.ledger.connections.value?.find(({ name }) => name === this.name) ?? null;
  }

  /** An earlier one was interrupted, or waits for its next try. */
  get resumes(): boolean {
    return !this.busy && this.done === null && (this.connection?.rotation ?? null) !== null;
  }

  /** What can be given up: never the connection's own, nor one that another connection signs with. */
  get others(): ManagingKey[] {
    return (this.keys.value?.keys ?? []).filter(({ own }) => !own);
  }

  get mustChoose(): boolean {
    return this.keys.value?.full ?? false;
  }

  get ready(): boolean {
    if (this.resumes) return true;
    return this.keys.value !== null && (!this.mustChoose || this.remove !== null);
  }

  get steps(): { step: string; text: string; state: StepState }[] {
    const shown = STEPS.filter(({ step }) => step !== 'clearing' || this.remove !== null);
    const finished = this.done !== null && this.done.pending === null;
    const at = shown.findIndex(({ step }) => step === this.step);
    const failed = this.problem !== null || (this.done?.pending ?? null) !== null;
    return shown.map(({ step, text }, index) => ({
      step,
      text,
      state:
        finished || index < at
          ? 'done'
          : index > at
            ? 'open'
            : failed
              ? 'failed'
              : this.busy
                ? 'now'
                : 'open',
    }));
  }

  rotate = async (): Promise<void> => {
    if (this.busy || !this.ready) return;
    this.busy = true;
    this.problem = null;
    this.step ??= this.remove === null ? 'creating' : 'clearing';
    try {
      this.done = await this.desk.api.rotateKey(this.name, this.remove);
    } catch (rejection) {
      this.problem = asProblem(rejection);
    } finally {
      this.busy = false;
      await this.desk.ledger.connections.refresh();
    }
    // It may be that there are two keys now, or that nothing is left of the try.
    if (this.problem && !this.resumes) {
      this.step = null;
      void this.keys.refresh();
    }
  };

  private hear = (event: Event): void => {
    if (event.kind !== 'rotation_progress' || event.connection !== this.name) return;
    this.step = event.step;
  };
}
