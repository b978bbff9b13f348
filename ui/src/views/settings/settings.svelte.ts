// What a person chose, saved as it is chosen. A refused choice says why and goes back.
import { asProblem } from '../../api/problem';
import type { Problem, Settings } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { parseTtl } from '../../time/ttl';

const MOST_LEAD_MINUTES = 1440;

export class SettingsModel {
  problem = $state.raw<Problem | null>(null);
  saved = $state(false);

  constructor(private readonly desk: Desk) {}

  get settings(): Settings | null {
    return this.desk.ledger.settings.value;
  }

  /** True when it is saved; otherwise what was before stays, and `problem` says why. */
  async change(change: Partial<Settings>): Promise<boolean> {
    const before = this.settings;
    if (!before) return false;
    const settings = { ...before, ...change };
    this.problem = null;
    this.saved = false;
    this.desk.ledger.settings.value = settings;
    try {
      await this.desk.api.saveSettings(settings);
      this.saved = true;
      return true;
    } catch (rejection) {
      this.problem = asProblem(rejection);
      this.desk.ledger.settings.value = before;
      return false;
    }
  }

  toggleLead(minutes: number): Promise<boolean> {
    const now = this.settings?.lead_minutes ?? [];
    const lead_minutes = now.includes(minutes)
      ? now.filter((lead) => lead !== minutes)
      : [...now, minutes].sort((a, b) => a - b);
    return this.change({ lead_minutes });
  }

  /** Adds a typed lead time such as `45m` or `2h`; false when it is none. */
  async addLead(text: string): Promise<boolean> {
    const seconds = parseTtl(text);
    const minutes = seconds === null ? 0 : Math.floor(seconds / 60);
    if (minutes < 1 || minutes > MOST_LEAD_MINUTES) {
      this.problem = {
        code: 'invalid_input',
        message: 'A lead time is 1 minute to 24 hours.',
        hint: 'Write it like 45m or 2h.',
        field: 'lead_minutes',
      };
      return false;
    }
    if (!this.settings?.lead_minutes.includes(minutes)) await this.toggleLead(minutes);
    return true;
  }
}
