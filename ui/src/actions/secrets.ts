// Dynamic secrets: a new one, and what can be done with each.
import KeyRound from '@lucide/svelte/icons/key-round';
import Pencil from '@lucide/svelte/icons/pencil';
import Pin from '@lucide/svelte/icons/pin';
import PinOff from '@lucide/svelte/icons/pin-off';
import Plus from '@lucide/svelte/icons/plus';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import SquareArrowOutUpRight from '@lucide/svelte/icons/square-arrow-out-up-right';
import Trash2 from '@lucide/svelte/icons/trash-2';
import type { SecretView } from '../api/types';
import type { Desk } from '../state/desk.svelte';
import { generateId } from '../state/recents.svelte';
import { askToDelete, pin } from '../views/overview/overview.svelte';
import type { Action } from './action';

/** `production · /payments · acme-prod` */
const whereOf = ({ draft }: SecretView): string =>
  [draft.environment, ...(draft.folder === '/' ? [] : [draft.folder]), draft.connection].join(
    ' · ',
  );

export function generating(desk: Desk): Action[] {
  return (desk.ledger.secrets.value ?? [])
    .filter(({ deleting }) => !deleting)
    .toSorted((a, b) => Number(b.pinned) - Number(a.pinned))
    .map((secret) => ({
      id: generateId(secret.id),
      group: 'Generate',
      name: `Generate from ${secret.draft.name}`,
      words: `lease new key credentials issue ${secret.draft.folder} ${secret.account_id}`,
      detail: whereOf(secret),
      icon: KeyRound,
      do: () => desk.router.open({ sheet: 'generate', secretId: secret.id }),
    }));
}

export function secrets(desk: Desk): Action[] {
  const { router } = desk;
  const add: Action = {
    id: 'secret:new',
    group: 'Dynamic secrets',
    name: 'New dynamic secret',
    words: 'add create recipe',
    icon: Plus,
    keys: [{ key: 'n' }],
    do: () => router.go({ screen: 'new' }),
  };
  return [add, ...(desk.ledger.secrets.value ?? []).flatMap((secret) => of(desk, secret))];
}

function of(desk: Desk, secret: SecretView): Action[] {
  const { router } = desk;
  const { id } = secret;
  const name = secret.draft.name;
  const common = { group: 'Dynamic secrets', detail: whereOf(secret) } as const;
  const always: Action[] = [
    {
      ...common,
      id: `secret:open:${id}`,
      name: `Open ${name}`,
      words: `secret leases ${secret.draft.folder} ${secret.account_id}`,
      icon: SquareArrowOutUpRight,
      do: () => router.go({ screen: 'secret', id }),
    },
    {
      ...common,
      id: `secret:pin:${id}`,
      name: secret.pinned ? `Take the pin off ${name}` : `Pin ${name}`,
      words: 'secret favourite first top unpin star',
      icon: secret.pinned ? PinOff : Pin,
      do: () => pin(desk, secret),
    },
    {
      ...common,
      id: `secret:activity:${id}`,
      name: `Activity of ${name}`,
      words: 'secret audit log history',
      icon: ScrollText,
      do: () => router.go({ screen: 'secret', id, tab: 'activity' }),
    },
  ];
  if (secret.deleting) return always;
  return [
    ...always,
    {
      ...common,
      id: `secret:edit:${id}`,
      name: `Edit ${name}`,
      words: 'secret change settings ttl policy',
      icon: Pencil,
      do: () => router.go({ screen: 'edit', id }),
    },
    {
      ...common,
      id: `secret:preflight:${id}`,
      name: `Pre-flight of ${name}`,
      words: 'secret check permissions canary test',
      icon: ShieldCheck,
      do: () => router.go({ screen: 'secret', id, tab: 'preflight' }),
    },
    {
      ...common,
      id: `secret:delete:${id}`,
      name: `Delete ${name}…`,
      words: 'secret remove',
      icon: Trash2,
      danger: true,
      do: () => askToDelete(desk, secret),
    },
  ];
}
