// What the overview shows and does: the open environment, its folders, the filter, and the environments themselves.
import type { SecretView } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { inGroups, type AttentionGroup } from '../../words/lease';

/** What one environment has to show. */
export interface SectionOf {
  environment: string;
  folders: FolderOf[];
  count: number;
}

export interface FolderOf {
  path: string;
  secrets: SecretView[];
  /** No folder: those that were pinned, whichever they are in. */
  pinned?: true;
}

const ALARMS: Partial<Record<AttentionGroup['kind'], string>> = {
  leak: 'A key was found in public: a lease of',
  foreign: 'Another user stands under the name of a lease of',
  drift: 'Somebody changed a leased user of',
};

const byName = new Intl.Collator('en', { numeric: true });

/** Named folders in their order, the root last; `job-2` before `job-10`. */
export function inFolders(secrets: readonly SecretView[]): FolderOf[] {
  const byPath: Record<string, SecretView[]> = {};
  for (const secret of secrets) (byPath[secret.draft.folder] ??= []).push(secret);
  return Object.entries(byPath)
    .map(([path, members]) => ({
      path,
      secrets: members.toSorted((a, b) => byName.compare(a.draft.name, b.draft.name)),
    }))
    .sort((a, b) => (a.path === '/' ? 1 : b.path === '/' ? -1 : byName.compare(a.path, b.path)));
}

/** The pinned ones before all folders, and not in their folder again. */
export function pinnedFirst(secrets: readonly SecretView[]): FolderOf[] {
  const pins = secrets
    .filter(({ pinned }) => pinned)
    .toSorted((a, b) => byName.compare(a.draft.name, b.draft.name));
  const folders = inFolders(secrets.filter(({ pinned }) => !pinned));
  return pins.length === 0
    ? folders
    : [{ path: 'Pinned', secrets: pins, pinned: true }, ...folders];
}

function matches(secret: SecretView, filter: string): boolean {
  const { name, folder, connection, environment } = secret.draft;
  const text = `${environment} ${folder}/${name} ${connection} ${secret.account_id}`.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export class OverviewModel {
  filter = $state('');
  private moved: { id: string; pinned: boolean } | null = null;

  constructor(private readonly desk: Desk) {}

  get environment(): string {
    return this.desk.environments.current;
  }

  get tabs() {
    return (this.desk.ledger.environments.value ?? []).map(({ name, secrets }) => ({
      value: name,
      label: name,
      count: secrets > 0 ? secrets : undefined,
    }));
  }

  /** Nothing was ever set up here. */
  get bare(): boolean {
    const { connections, secrets } = this.desk.ledger;
    return connections.value?.length === 0 && secrets.value?.length === 0;
  }

  /** The open environment; while something is searched for, the others with what was found there, in their order. */
  readonly sections = $derived.by((): SectionOf[] => {
    const filter = this.filter.trim();
    const found = (this.desk.ledger.secrets.value ?? []).filter((secret) =>
      filter === '' ? secret.draft.environment === this.environment : matches(secret, filter),
    );
    const { names } = this.desk.environments;
    return [this.environment, ...names.filter((name) => name !== this.environment)]
      .map((environment) => {
        const mine = found.filter((secret) => secret.draft.environment === environment);
        const folders = filter === '' ? pinnedFirst(mine) : inFolders(mine);
        return { environment, folders, count: mine.length };
      })
      .filter(({ count }) => count > 0);
  });

  get searching(): boolean {
    return this.filter.trim() !== '';
  }

  /** What was searched for is never folded away, nor is what was added a moment ago. */
  isFolded(environment: string, { path, secrets, pinned }: FolderOf): boolean {
    if (this.searching || pinned || secrets.some(({ id }) => id === this.desk.justAdded))
      return false;
    return this.desk.folds.has(environment, path);
  }

  fold(environment: string, { path }: FolderOf): void {
    this.desk.folds.toggle(environment, path);
  }

  /** Of what was searched for, in words that are read aloud. */
  get foundWords(): string {
    if (!this.searching) return '';
    const total = this.sections.reduce((sum, { count }) => sum + count, 0);
    if (total === 0) return 'Nothing found.';
    const where = this.sections.map(({ environment, count }) => `${count} in ${environment}`);
    return `${total} found: ${where.join(', ')}.`;
  }

  /** Leases with something on them that nobody has seen yet, gravest first. */
  readonly alarms = $derived.by(() =>
    inGroups((this.desk.ledger.leases.value ?? []).filter(({ alarm }) => alarm !== null)),
  );

  get alarmWords(): string {
    return this.alarms
      .map(({ kind, leases }) => {
        const names = leases
          .map(({ secret }) => secret)
          .filter((name, index, all) => all.indexOf(name) === index);
        const of = names.length > 2 ? `${names.length} dynamic secrets` : names.join(' and ');
        return `${ALARMS[kind] ?? 'Something was found on'} ${of}.`;
      })
      .join(' ');
  }

  /** To the one alarm itself, or to the list of them. */
  showAlarm = (): void => {
    const [only, ...more] = this.alarms.flatMap(({ leases }) => leases);
    this.desk.router.go({ screen: 'leases' });
    if (only && more.length === 0) this.desk.router.open({ sheet: 'lease', leaseId: only.id });
  };

  /** True once, for the secret that was added a moment ago. */
  takeJustAdded(secret: SecretView): boolean {
    if (this.desk.justAdded !== secret.id) return false;
    this.desk.justAdded = null;
    return true;
  }

  add = (): void => this.desk.router.go({ screen: 'new' });

  open(secret: SecretView): void {
    this.desk.router.go({ screen: 'secret', id: secret.id });
  }

  edit(secret: SecretView): void {
    this.desk.router.go({ screen: 'edit', id: secret.id });
  }

  pin = (secret: SecretView): void => {
    this.moved = { id: secret.id, pinned: !secret.pinned };
    pin(this.desk, secret);
  };

  /** True once, for the row that a pin has moved: it is another one now, and the focus was in it. */
  takeMoved(secret: SecretView): boolean {
    if (this.moved?.id !== secret.id || this.moved.pinned !== secret.pinned) return false;
    this.moved = null;
    return true;
  }

  generate(secret: SecretView): void {
    this.desk.router.open({ sheet: 'generate', secretId: secret.id });
  }

  remove(secret: SecretView): void {
    askToDelete(this.desk, secret);
  }
}

/** Pins it, or takes the pin off; either can be taken back. */
export function pin(desk: Desk, { id, draft, pinned }: SecretView): void {
  void desk.attempt(async () => {
    await desk.api.pinSecret(id, !pinned);
    desk.undo.offer(
      pinned ? `${draft.name} is not pinned any more.` : `${draft.name} is pinned.`,
      () => desk.api.pinSecret(id, pinned),
      `pin:${id}`,
    );
  });
}

/** Deleting with live leases is revoke, then delete: said before, and told as AWS confirms it. */
export function askToDelete(desk: Desk, secret: SecretView, then?: () => void): void {
  const open = secret.open_leases;
  desk.questions.ask({
    title: `Delete ${secret.draft.name}?`,
    body: [
      open === 0
        ? 'It has no open lease. Its ended leases stay in the history.'
        : `Its ${open === 1 ? 'open lease is' : `${open} open leases are`} revoked first: whatever uses the keys stops working now. It goes when AWS has confirmed each.`,
    ],
    action: open === 0 ? 'Delete' : 'Revoke and delete',
    danger: true,
    testid: 'delete-confirm',
    act: async () => {
      const report = await desk.api.removeSecret(secret.id, open > 0);
      desk.tellRevoked(report);
      then?.();
    },
  });
}
