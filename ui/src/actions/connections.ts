// Connections: a new one, what can be done with each, and the practice account.
import FileJson from '@lucide/svelte/icons/file-braces';
import FlaskConical from '@lucide/svelte/icons/flask-conical';
import GitCompare from '@lucide/svelte/icons/git-compare';
import KeyRound from '@lucide/svelte/icons/key-round';
import Plug from '@lucide/svelte/icons/plug';
import RefreshCw from '@lucide/svelte/icons/refresh-cw';
import RotateCcw from '@lucide/svelte/icons/rotate-ccw';
import SkipForward from '@lucide/svelte/icons/skip-forward';
import Trash2 from '@lucide/svelte/icons/trash-2';
import type { ConnectionView } from '../api/types';
import type { Desk } from '../state/desk.svelte';
import { ConnectionsModel } from '../views/connections/connections.svelte';
import type { Action } from './action';

const group = 'Connections';

export function connections(desk: Desk): Action[] {
  const { router } = desk;
  const known = desk.ledger.connections.value ?? [];
  const model = new ConnectionsModel(desk);
  const found: Action[] = [
    {
      id: 'connection:add-key',
      group,
      name: 'Add a connection…',
      words: 'new account aws managing access key profile sso role assume',
      icon: KeyRound,
      do: () => {
        router.go({ screen: 'connections' });
        router.open({ sheet: 'add-key' });
      },
    },
  ];
  if (known.length > 0) {
    found.push({
      id: 'connection:compare',
      group,
      name: 'Compare leases with AWS',
      words: 'reconcile drift orphans accounts',
      icon: GitCompare,
      do: () => desk.goAndDo({ screen: 'connections' }, 'compare'),
    });
  }
  if (!known.some(({ practice }) => practice)) {
    found.push({
      id: 'connection:add-practice',
      group,
      name: 'Add the practice account',
      words: 'try demo emulator',
      icon: FlaskConical,
      do: () => {
        router.go({ screen: 'connections' });
        void model.addPractice();
      },
    });
  }
  return [...found, ...known.flatMap((connection) => of(desk, model, connection))];
}

function of(desk: Desk, model: ConnectionsModel, connection: ConnectionView): Action[] {
  const { name } = connection;
  const common = { group, detail: connection.account_id } as const;
  const found: Action[] = [
    {
      ...common,
      id: `connection:check:${name}`,
      name: `Check connection ${name}`,
      words: 'test works caller identity',
      icon: Plug,
      do: () => void model.check(name),
    },
    {
      ...common,
      id: `connection:policy:${name}`,
      name: `Managing policy of ${name}`,
      words: 'permissions iam json',
      icon: FileJson,
      do: () => model.showPolicy(name),
    },
    {
      ...common,
      id: `connection:remove:${name}`,
      name: `Remove connection ${name}…`,
      words: 'delete account key',
      icon: Trash2,
      danger: true,
      do: () => model.askToRemove(connection),
    },
  ];
  if (connection.kind === 'access_key') {
    found.push({
      ...common,
      id: `connection:rotate:${name}`,
      name: `Rotate the key of ${name}…`,
      words: 'replace managing access key age',
      icon: RefreshCw,
      do: () => model.rotate(name),
    });
  }
  if (!connection.practice) return found;
  return [
    ...found,
    {
      ...common,
      id: 'practice:skip',
      group,
      name: 'Skip the practice clock 1 hour ahead',
      words: 'time travel expire',
      icon: SkipForward,
      do: () => void skip(desk, model, name),
    },
    {
      ...common,
      id: 'practice:reset',
      group,
      name: 'Reset the practice account…',
      words: 'start over clean',
      icon: RotateCcw,
      danger: true,
      do: () => model.askToReset(connection),
    },
  ];
}

async function skip(desk: Desk, model: ConnectionsModel, name: string): Promise<void> {
  await model.skip(name, '1h');
  const problem = model.skipProblem;
  if (problem) desk.toasts.say('danger', problem.message, problem.hint);
}
