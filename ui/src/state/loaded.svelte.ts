// A value that comes from the engine: what is known, what went wrong, and whether an answer is awaited.
import { asProblem } from '../api/problem';
import type { Problem } from '../api/types';

export class Loaded<T> {
  /** The last answer; stays while a newer one is awaited or has failed. */
  value = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** No answer has come yet and none has failed. */
  readonly waiting = $derived(this.value === null && this.problem === null);
  private running: Promise<void> | null = null;
  private again = false;

  constructor(private readonly load: () => Promise<T>) {}

  /** Asks anew. Requests that come while one is under way are answered together by one more. */
  refresh = (): Promise<void> => {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.running = this.run();
    return this.running;
  };

  private async run(): Promise<void> {
    do {
      this.again = false;
      try {
        const value = await this.load();
        if (this.again) continue;
        this.value = value;
        this.problem = null;
      } catch (rejection) {
        this.problem = asProblem(rejection);
      }
    } while (this.again);
    // In the same breath as the last look at `again`: one that comes after it begins anew and is not lost.
    this.running = null;
  }
}
