// Which screen is shown and which sheet lies over it. Screens live in the address, so that a reload comes back.
import { filterOf, NO_FILTER, queryOf, type ActivityFilter } from './activityfilter';

/** Of a role to add: what is known of it beforehand. */
export interface RoleStart {
  roleArn: string;
  fromProfile: string | null;
  mfaSerial: string;
}

/** What of a dynamic secret is shown; its leases where nothing is said. */
export type SecretTab = 'leases' | 'preflight' | 'activity' | 'settings';

/** A part of Access; `who` is of the roles, seen from a dynamic secret. */
export type AccessTab = 'methods' | 'roles' | 'who' | 'gateway' | 'sessions' | 'test';

export type Route =
  | { screen: 'overview' }
  | { screen: 'leases' }
  | { screen: 'connections' }
  /** With a filter, that one and nothing else is set; without, the last one is kept. */
  | { screen: 'activity'; filter?: Partial<ActivityFilter> }
  | { screen: 'settings' }
  /**
   * `of` is a dynamic secret where it is asked who can get at it, an auth method where an identity is tried, and whoever
   * waits for an answer among the sessions.
   */
  | { screen: 'access'; tab?: AccessTab; of?: string }
  | { screen: 'method'; id: string }
  | { screen: 'new-method' }
  | { screen: 'edit-method'; id: string }
  | { screen: 'role'; id: string }
  | { screen: 'new' }
  | { screen: 'secret'; id: string; tab?: SecretTab }
  | { screen: 'edit'; id: string };

export type SheetRoute =
  | { sheet: 'generate'; secretId: string }
  | { sheet: 'lease'; leaseId: string; renewing?: boolean }
  | { sheet: 'policy'; connection: string }
  | { sheet: 'add-key'; role?: RoleStart }
  | { sheet: 'rotate'; connection: string }
  | { sheet: 'new-role' }
  | { sheet: 'break-glass' };

const TABS: readonly AccessTab[] = ['methods', 'roles', 'who', 'gateway', 'sessions', 'test'];

/** `/access/methods/p-1/edit`, `/access/roles/deployers`, `/access/who/s-1`, `/access/approvals/9f2c` */
function accessRoute(part: string | undefined, rawId?: string, verb?: string): Route {
  const tab =
    part === 'approvals' ? 'sessions' : (TABS.find((known) => known === part) ?? 'methods');
  const id = rawId ? decodeURIComponent(rawId) : undefined;
  if (id === undefined) return { screen: 'access', tab };
  switch (tab) {
    case 'methods':
      if (id === 'new') return { screen: 'new-method' };
      return { screen: verb === 'edit' ? 'edit-method' : 'method', id };
    case 'roles':
      return { screen: 'role', id };
    case 'who':
    case 'test':
    case 'sessions':
      return { screen: 'access', tab, of: id };
    default:
      return { screen: 'access', tab };
  }
}

/** The screen, and the sheet, that a path names. `/secrets/s1/generate`, `/leases/l1/renew` open a sheet over a screen. */
export function parseRoute(path: string): { route: Route; sheet: SheetRoute | null } {
  const [way = '', query] = path.replace(/^[#/]+/, '').split('?');
  const [noun = '', rawId, verb, more] = way.split('/');
  const id = rawId === undefined ? undefined : decodeURIComponent(rawId);
  switch (noun) {
    case 'revoke-all':
    case 'revoke':
      return { route: { screen: 'leases' }, sheet: null };
    case 'leases':
      return {
        route: { screen: 'leases' },
        sheet: id ? { sheet: 'lease', leaseId: id, renewing: verb === 'renew' } : null,
      };
    case 'connections':
      return { route: { screen: 'connections' }, sheet: null };
    case 'activity':
      return {
        route:
          query === undefined
            ? { screen: 'activity' }
            : { screen: 'activity', filter: filterOf(query) },
        sheet: null,
      };
    case 'access':
      return { route: accessRoute(rawId, verb, more), sheet: null };
    case 'settings':
      return {
        route: { screen: 'settings' },
        sheet: rawId === 'break-glass' ? { sheet: 'break-glass' } : null,
      };
    case 'new':
      return { route: { screen: 'new' }, sheet: null };
    case 'secrets':
      if (!id) break;
      if (verb === 'edit') return { route: { screen: 'edit', id }, sheet: null };
      if (verb === 'preflight' || verb === 'activity' || verb === 'settings') {
        return { route: { screen: 'secret', id, tab: verb }, sheet: null };
      }
      return {
        route: { screen: 'secret', id },
        sheet: verb === 'generate' ? { sheet: 'generate', secretId: id } : null,
      };
  }
  return { route: { screen: 'overview' }, sheet: null };
}

export function pathOf(route: Route): string {
  switch (route.screen) {
    case 'overview':
      return '/';
    case 'secret':
      return `/secrets/${encodeURIComponent(route.id)}${
        route.tab === undefined || route.tab === 'leases' ? '' : `/${route.tab}`
      }`;
    case 'edit':
      return `/secrets/${encodeURIComponent(route.id)}/edit`;
    case 'access': {
      const of = route.of === undefined ? '' : `/${encodeURIComponent(route.of)}`;
      return `/access/${route.tab ?? 'methods'}${of}`;
    }
    case 'method':
      return `/access/methods/${encodeURIComponent(route.id)}`;
    case 'new-method':
      return '/access/methods/new';
    case 'edit-method':
      return `/access/methods/${encodeURIComponent(route.id)}/edit`;
    case 'role':
      return `/access/roles/${encodeURIComponent(route.id)}`;
    case 'activity': {
      const query = queryOf({ ...NO_FILTER, ...route.filter });
      return query === '' ? '/activity' : `/activity?${query}`;
    }
    default:
      return `/${route.screen}`;
  }
}

export class Router {
  route = $state.raw<Route>({ screen: 'overview' });
  sheet = $state.raw<SheetRoute | null>(null);
  /** What the activity screen shows; kept while one moves around. */
  activity = $state.raw<ActivityFilter>(NO_FILTER);

  start(): () => void {
    const follow = () => this.show(location.hash);
    window.addEventListener('hashchange', follow);
    follow();
    return () => window.removeEventListener('hashchange', follow);
  }

  go(route: Route): void {
    this.sheet = null;
    if (route.screen === 'activity') {
      if (route.filter) this.activity = { ...NO_FILTER, ...route.filter };
      this.route = { screen: 'activity', filter: this.activity };
    } else {
      this.route = route;
    }
    const hash = `#${pathOf(this.route)}`;
    if (location.hash !== hash) history.pushState(null, '', hash);
  }

  /** Another filter on the activity screen: no new place to go back to. */
  filterActivity(change: Partial<ActivityFilter>): void {
    this.activity = { ...this.activity, ...change };
    if (this.route.screen === 'activity') {
      this.amend({ screen: 'activity', filter: this.activity });
    }
  }

  /** The same screen, seen otherwise: no new place to go back to. */
  amend(route: Route): void {
    this.route = route;
    history.replaceState(null, '', `#${pathOf(route)}`);
  }

  /** Follows a path from outside: the address, the tray, a notification. */
  show(path: string): void {
    const { route, sheet } = parseRoute(path);
    this.go(route);
    this.sheet = sheet;
  }

  open(sheet: SheetRoute): void {
    this.sheet = sheet;
  }

  close(): void {
    this.sheet = null;
  }
}
