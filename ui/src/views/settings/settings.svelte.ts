// What a person chose, saved as it is chosen. A refused choice says why and goes back.
import { asProblem } from '../../api/problem';
import type { Problem, Settings, Theme } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { parseTtl, spanWords } from '../../time/ttl';

const MOST_LEAD_MINUTES = 1440;

const THEMES: Record<Theme, string> = {
  system: 'The theme follows the system.',
  light: 'The theme is light.',
  dark: 'The theme is dark.',
};

/** What a choice comes to, in a sentence. */
function settingWords(change: Partial<Settings>): string {
  if (change.theme) return THEMES[change.theme];
  if (change.lead_minutes) {
    const spans = change.lead_minutes.map((minutes) => spanWords(minutes * 60));
    return spans.length === 0
      ? 'No notification before a lease ends.'
      : `Notified ${spans.join(', ')} before a lease ends.`;
  }
  if (change.notify_expiry !== undefined) {
    return `Notifications before a lease ends are ${change.notify_expiry ? 'on' : 'off'}.`;
  }
  if (change.notify_failures !== undefined) {
    return `Notifications of a failed revoke are ${change.notify_failures ? 'on' : 'off'}.`;
  }
  if (change.notify_access !== undefined) {
    return `Notifications of who asks from outside are ${change.notify_access ? 'on' : 'off'}.`;
  }
  if (change.clipboard_seconds !== undefined) {
    return `A copied secret is cleared after ${change.clipboard_seconds} s.`;
  }
  if (change.quiet_from !== undefined) {
    return change.quiet_from === ''
      ? 'There are no quiet hours.'
      : `Quiet hours are ${change.quiet_from} to ${change.quiet_until ?? ''}.`;
  }
  if (change.hide_names !== undefined) {
    return `Notifications ${change.hide_names ? 'name nothing' : 'name their leases'}.`;
  }
  if (change.unload_after_minutes !== undefined) {
    return change.unload_after_minutes === 0
      ? 'The hidden window is kept ready.'
      : `The hidden window gives its memory back after ${spanWords(change.unload_after_minutes * 60)}.`;
  }
  if (change.key_age_days !== undefined) {
    return change.key_age_days === 0
      ? 'Nobody is reminded of old managing keys.'
      : `A managing key is called old after ${change.key_age_days} days.`;
  }
  if (change.console_browser !== undefined) {
    return 'The console opens in the system’s browser.';
  }
  if (change.break_glass_folder !== undefined) {
    return change.break_glass_folder === ''
      ? 'The break-glass kit is not kept up to date any more.'
      : 'The break-glass kit is kept up to date.';
  }
  return 'Settings are saved.';
}

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
      this.offerUndo(before, change);
      return true;
    } catch (rejection) {
      this.problem = asProblem(rejection);
      this.desk.ledger.settings.value = before;
      return false;
    }
  }

  /** Only what was changed goes back: the rest may have been changed since. */
  private offerUndo(before: Settings, change: Partial<Settings>): void {
    const keys = Object.keys(change) as (keyof Settings)[];
    const changed = keys.filter((key) => String(before[key]) !== String(change[key]));
    if (changed.length === 0) return;
    const back = Object.fromEntries(changed.map((key) => [key, before[key]]));
    this.desk.undo.offer(
      settingWords(change),
      async () => {
        const now = this.settings;
        if (!now) return;
        await this.desk.api.saveSettings({ ...now, ...back });
        await this.desk.ledger.settings.refresh();
      },
      'settings',
    );
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
