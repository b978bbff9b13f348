// The window itself: the palette, keys, search, undo, look, notifications, the log, the break-glass kit.
import Bell from '@lucide/svelte/icons/bell';
import BellOff from '@lucide/svelte/icons/bell-off';
import FileDown from '@lucide/svelte/icons/file-down';
import Keyboard from '@lucide/svelte/icons/keyboard';
import LifeBuoy from '@lucide/svelte/icons/life-buoy';
import Moon from '@lucide/svelte/icons/moon';
import RotateCw from '@lucide/svelte/icons/rotate-cw';
import Search from '@lucide/svelte/icons/search';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import Sun from '@lucide/svelte/icons/sun';
import SunMoon from '@lucide/svelte/icons/sun-moon';
import Undo2 from '@lucide/svelte/icons/undo-2';
import type { Theme } from '../api/types';
import { searchHere } from '../state/cursor';
import type { Desk } from '../state/desk.svelte';
import { SettingsModel } from '../views/settings/settings.svelte';
import type { Action } from './action';

const THEMES: [Theme, string, string, typeof Sun][] = [
  ['light', 'Light', 'bright day', Sun],
  ['dark', 'Dark', 'night black', Moon],
  ['system', 'As the system', 'automatic', SunMoon],
];

export function windowActions(desk: Desk): Action[] {
  const undo = desk.undo.last;
  const found: Action[] = [
    {
      id: 'window:palette',
      group: 'Window',
      name: 'Search or run anything',
      words: 'command palette',
      icon: Search,
      keys: [{ key: 'k', mod: true }],
      do: () => (desk.over = 'palette'),
    },
    {
      id: 'window:search',
      group: 'Window',
      name: 'Search on this screen',
      words: 'find filter',
      icon: Search,
      keys: [{ key: '/' }],
      // A screen without a field of its own is searched by the palette.
      do: () => {
        if (!searchHere()) desk.over = 'palette';
      },
    },
    {
      id: 'window:keys',
      group: 'Window',
      name: 'Show all keys',
      words: 'keyboard shortcuts help',
      icon: Keyboard,
      keys: [{ key: '?' }],
      do: () => (desk.over = 'keys'),
    },
    {
      id: 'window:refresh',
      group: 'Window',
      name: 'Look again at everything',
      words: 'refresh reload keyring keychain',
      icon: RotateCw,
      do: () => void desk.ledger.refresh(),
    },
    {
      id: 'window:break-glass',
      group: 'Window',
      name: 'Break-glass kit…',
      words: 'emergency script revoke other machine write',
      icon: LifeBuoy,
      do: () => desk.router.open({ sheet: 'break-glass' }),
    },
    {
      id: 'window:undo',
      group: 'Window',
      name: 'Undo',
      words: 'take back revert',
      ...(undo === null ? {} : { detail: undo }),
      icon: Undo2,
      keys: [{ key: 'z', mod: true }],
      do: () => void desk.undo.takeLast(),
    },
  ];
  return [...found, ...activity(desk), ...settings(desk)];
}

function activity(desk: Desk): Action[] {
  const to = { screen: 'activity' } as const;
  const group = 'Activity';
  return [
    {
      id: 'activity:verify',
      group,
      name: 'Verify the activity log',
      words: 'audit chain hash check tamper',
      icon: ShieldCheck,
      do: () => desk.goAndDo(to, 'verify'),
    },
    {
      id: 'activity:jsonl',
      group,
      name: 'Export the activity log as JSON lines',
      words: 'audit jsonl file write',
      icon: FileDown,
      do: () => desk.goAndDo(to, 'export-jsonl'),
    },
    {
      id: 'activity:csv',
      group,
      name: 'Export the activity log as CSV',
      words: 'audit table spreadsheet file write',
      icon: FileDown,
      do: () => desk.goAndDo(to, 'export-csv'),
    },
  ];
}

function settings(desk: Desk): Action[] {
  const known = desk.ledger.settings.value;
  if (!known) return [];
  const model = new SettingsModel(desk);
  const change: typeof model.change = async (wanted) => {
    const saved = await model.change(wanted);
    if (model.problem) desk.toasts.say('danger', model.problem.message, model.problem.hint);
    return saved;
  };
  const group = 'Settings';
  const themes = THEMES.filter(([theme]) => theme !== known.theme).map(
    ([theme, name, words, icon]): Action => ({
      id: `theme:${theme}`,
      group,
      name: `Theme: ${name}`,
      words: `look colour appearance ${words}`,
      icon,
      do: () => void change({ theme }),
    }),
  );
  const { notify_expiry, notify_failures, notify_access } = known;
  return [
    ...themes,
    {
      id: 'notify:expiry',
      group,
      name: `Notify before a lease ends: turn ${notify_expiry ? 'off' : 'on'}`,
      words: 'notifications mute alert',
      icon: notify_expiry ? BellOff : Bell,
      do: () => void change({ notify_expiry: !notify_expiry }),
    },
    {
      id: 'notify:failures',
      group,
      name: `Notify when a revoke fails: turn ${notify_failures ? 'off' : 'on'}`,
      words: 'notifications mute alert',
      icon: notify_failures ? BellOff : Bell,
      do: () => void change({ notify_failures: !notify_failures }),
    },
    {
      id: 'notify:access',
      group,
      name: `Notify when somebody asks from outside: turn ${notify_access ? 'off' : 'on'}`,
      words: 'notifications mute alert approval first seen auth method',
      icon: notify_access ? BellOff : Bell,
      do: () => void change({ notify_access: !notify_access }),
    },
  ];
}
