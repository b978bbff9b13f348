// The break-glass kit: written when it is asked for, and kept up to date in a folder where one was chosen.
import { asProblem } from '../../api/problem';
import type { BreakGlassFiles, Problem } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';

export class BreakGlassModel {
  busy = $state(false);
  files = $state.raw<BreakGlassFiles | null>(null);
  problem = $state.raw<Problem | null>(null);

  constructor(private readonly desk: Desk) {}

  /** Where it is kept up to date; empty where it is not. */
  get folder(): string {
    return this.desk.ledger.settings.value?.break_glass_folder ?? '';
  }

  write = async (): Promise<void> => {
    if (this.busy) return;
    this.busy = true;
    this.problem = null;
    this.files = null;
    try {
      this.files = await this.desk.api.writeBreakGlass(this.folder === '' ? null : this.folder);
    } catch (rejection) {
      this.problem = asProblem(rejection);
    } finally {
      this.busy = false;
    }
  };
}
