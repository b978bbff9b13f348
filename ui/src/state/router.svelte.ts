// Which screen is shown and which sheet lies over it. Screens live in the address, so that a reload comes back.

export type Route =
  | { screen: 'overview' }
  | { screen: 'leases' }
  | { screen: 'connections' }
  | { screen: 'settings' }
  | { screen: 'new' }
  | { screen: 'secret'; id: string }
  | { screen: 'edit'; id: string };

export type SheetRoute =
  | { sheet: 'generate'; secretId: string }
  | { sheet: 'credentials'; leaseId: string }
  | { sheet: 'lease'; leaseId: string; renewing?: boolean }
  | { sheet: 'policy'; connection: string }
  | { sheet: 'add-key' };

/** The screen, and the sheet, that a path names. `/secrets/s1/generate`, `/leases/l1/renew` open a sheet over a screen. */
export function parseRoute(path: string): { route: Route; sheet: SheetRoute | null } {
  const [noun = '', rawId, verb] = path.replace(/^[#/]+/, '').split('/');
  const id = rawId === undefined ? undefined : decodeURIComponent(rawId);
  switch (noun) {
    case 'leases':
      return {
        route: { screen: 'leases' },
        sheet: id ? { sheet: 'lease', leaseId: id, renewing: verb === 'renew' } : null,
      };
    case 'connections':
      return { route: { screen: 'connections' }, sheet: null };
    case 'settings':
      return { route: { screen: 'settings' }, sheet: null };
    case 'new':
      return { route: { screen: 'new' }, sheet: null };
    case 'secrets':
      if (!id) break;
      if (verb === 'edit') return { route: { screen: 'edit', id }, sheet: null };
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
      return `/secrets/${encodeURIComponent(route.id)}`;
    case 'edit':
      return `/secrets/${encodeURIComponent(route.id)}/edit`;
    default:
      return `/${route.screen}`;
  }
}

export class Router {
  route = $state.raw<Route>({ screen: 'overview' });
  sheet = $state.raw<SheetRoute | null>(null);

  start(): () => void {
    const follow = () => this.show(location.hash);
    window.addEventListener('hashchange', follow);
    follow();
    return () => window.removeEventListener('hashchange', follow);
  }

  go(route: Route): void {
    this.sheet = null;
    this.route = route;
    const hash = `#${pathOf(route)}`;
    if (location.hash !== hash) history.pushState(null, '', hash);
  }

  /** Follows a path from outside: the address, the tray, a notification. Credentials on show are never taken away by it. */
  show(path: string): void {
    if (this.sheet?.sheet === 'credentials') return;
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
