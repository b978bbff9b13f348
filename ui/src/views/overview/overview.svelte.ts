// What the overview shows and does: the open environment, its folders, the filter, and the environments themselves.
import type { SecretView } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { inGroups, type AttentionGroup } from '../../words/lease';

export interface FolderOf {
  path: string;
  secrets: SecretView[];
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

function matches(secret: SecretView, filter: string): boolean {
  const { name, folder, connection } = secret.draft;
  const text = `${folder}/${name} ${connection} ${secret.account_id}`.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export class OverviewModel {
  filter = $state('');

  constructor(private readonly desk: Desk) {}

  private get names(): string[] {
    return (this.desk.ledger.environments.value ?? []).map((environment) => environment.name);
  }

  /** The open environment; the first one while none was chosen or the chosen one is gone. */
  get environment(): string {
    const chosen = this.desk.environment;
    return this.names.includes(chosen) ? chosen : (this.names[0] ?? '');
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

  readonly folders = $derived.by(() =>
    inFolders(
      (this.desk.ledger.secrets.value ?? []).filter(
        (secret) =>
          secret.draft.environment === this.environment && matches(secret, this.filter.trim()),
      ),
    ),
  );

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

  get removable(): boolean {
    const mine = this.desk.ledger.environments.value?.find(({ name }) => name === this.environment);
    return mine?.secrets === 0 && this.names.length > 1;
  }

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

  generate(secret: SecretView): void {
    this.desk.router.open({ sheet: 'generate', secretId: secret.id });
  }

  remove(secret: SecretView): void {
    askToDelete(this.desk, secret);
  }

  askToAdd = (): void => {
    this.desk.questions.ask({
      title: 'Add an environment',
      body: ['Environments keep dynamic secrets apart, as tabs of the overview.'],
      name: { label: 'Name', value: '' },
      action: 'Add',
      act: async (name) => {
        await this.desk.api.addEnvironment(name);
        await this.desk.ledger.environments.refresh();
        this.desk.environment = name;
      },
    });
  };

  askToRename = (): void => {
    const old = this.environment;
    this.desk.questions.ask({
      title: `Rename ${old}`,
      body: ['Its dynamic secrets move along. Leases keep the name they were issued under.'],
      name: { label: 'Name', value: old },
      action: 'Rename',
      act: async (name) => {
        await this.desk.api.renameEnvironment(old, name);
        await this.desk.ledger.environments.refresh();
        this.desk.environment = name;
      },
    });
  };

  askToRemove = (): void => {
    const name = this.environment;
    this.desk.questions.ask({
      title: `Remove ${name}?`,
      body: ['It holds no dynamic secret. Its ended leases stay in the history.'],
      action: 'Remove',
      danger: true,
      act: () => this.desk.api.removeEnvironment(name),
    });
  };

  mayMove(step: -1 | 1): boolean {
    const place = this.names.indexOf(this.environment) + step;
    return place >= 0 && place < this.names.length;
  }

  move(step: -1 | 1): void {
    const place = this.names.indexOf(this.environment);
    const names = this.names.toSpliced(place, 1);
    names.splice(place + step, 0, this.environment);
    this.desk.environment = this.environment;
    void this.desk.attempt(() => this.desk.api.reorderEnvironments(names));
  }
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
