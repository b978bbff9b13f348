// The way between screens.
import Clock3 from '@lucide/svelte/icons/clock-3';
import LayoutGrid from '@lucide/svelte/icons/layout-grid';
import IdCard from '@lucide/svelte/icons/id-card';
import Plug from '@lucide/svelte/icons/plug';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Settings2 from '@lucide/svelte/icons/settings';
import type { Desk } from '../state/desk.svelte';
import type { Route } from '../state/router.svelte';
import type { Action } from './action';

const PLACES: [
  Route['screen'] & ('overview' | 'leases' | 'connections' | 'access' | 'activity' | 'settings'),
  string,
  string,
  typeof Plug,
  string,
][] = [
  ['overview', 'Overview', 'o', LayoutGrid, 'home dynamic secrets environments'],
  ['leases', 'Leases', 'l', Clock3, 'table timeline attention'],
  ['connections', 'Connections', 'c', Plug, 'accounts keys aws'],
  ['access', 'Access', 'e', IdCard, 'auth methods roles gateway sessions identities'],
  ['activity', 'Activity', 'a', ScrollText, 'audit log history'],
  ['settings', 'Settings', 's', Settings2, 'preferences options'],
];

export const places = (desk: Desk): Action[] =>
  PLACES.map(([screen, name, key, icon, words]) => ({
    id: `go:${screen}`,
    group: 'Go to',
    name: `Go to ${name}`,
    words,
    icon,
    keys: [{ key: 'g' }, { key }],
    do: () => desk.router.go({ screen }),
  }));
