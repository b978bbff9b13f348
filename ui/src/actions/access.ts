// Who may ask from outside: to each part of it, and what can be done with each method, role and whoever waits.
import Ban from '@lucide/svelte/icons/ban';
import Check from '@lucide/svelte/icons/check';
import Clock from '@lucide/svelte/icons/clock-3';
import Copy from '@lucide/svelte/icons/copy';
import IdCard from '@lucide/svelte/icons/id-card';
import LogOut from '@lucide/svelte/icons/log-out';
import Pencil from '@lucide/svelte/icons/pencil';
import Plus from '@lucide/svelte/icons/plus';
import Power from '@lucide/svelte/icons/power';
import PowerOff from '@lucide/svelte/icons/power-off';
import SearchCheck from '@lucide/svelte/icons/search-check';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import SquareArrowOutUpRight from '@lucide/svelte/icons/square-arrow-out-up-right';
import Trash2 from '@lucide/svelte/icons/trash-2';
import UsersRound from '@lucide/svelte/icons/users-round';
import Waypoints from '@lucide/svelte/icons/waypoints';
import type { ApprovalView, AuthMethodView, RoleView, SessionView } from '../api/types';
import type { Desk } from '../state/desk.svelte';
import type { AccessTab } from '../state/router.svelte';
import { GatewayModel } from '../views/access/gateway.svelte';
import { principalName, principalOf } from '../words/identity';
import type { Action } from './action';

const group = 'Access';

const PARTS: [AccessTab, string, string, typeof Plus][] = [
  ['methods', 'Auth methods', 'aws iam identities who may log in', IdCard],
  ['roles', 'Roles', 'rules capabilities permissions', ShieldCheck],
  ['who', 'Who can get at a secret', 'roles permissions reach', UsersRound],
  ['gateway', 'Gateway', 'listener socket tls ssh client configure', Waypoints],
  ['sessions', 'Sessions and who waits', 'logged in approvals ask first', UsersRound],
  ['test', 'Test an identity', 'cloud identity arn bounds try why', SearchCheck],
];

export function access(desk: Desk): Action[] {
  const { access: known, router } = desk;
  const parts = PARTS.map(([tab, name, words, icon]): Action => ({
    id: `access:${tab}`,
    group,
    name: tab === 'test' || tab === 'who' ? name : `Show ${name.toLowerCase()}`,
    words: `access ${words}`,
    icon,
    do: () => router.go({ screen: 'access', tab }),
  }));
  const add: Action[] = [
    {
      id: 'access:new-method',
      group,
      name: 'Add an auth method',
      words: 'access new create aws iam identity',
      icon: Plus,
      do: () => router.go({ screen: 'new-method' }),
    },
    {
      id: 'access:new-role',
      group,
      name: 'Add a role',
      words: 'access new create rules',
      icon: Plus,
      do: () => {
        router.go({ screen: 'access', tab: 'roles' });
        router.open({ sheet: 'new-role' });
      },
    },
  ];
  return [
    ...known.waiting.flatMap((one) => answers(desk, one)),
    ...parts,
    ...add,
    ...gateway(desk),
    ...(known.methods.value ?? []).flatMap((one) => ofMethod(desk, one)),
    ...(known.roles.value ?? []).flatMap((one) => ofRole(desk, one)),
    ...(known.sessions.value ?? []).map((one) => ofSession(desk, one)),
  ];
}

function gateway(desk: Desk): Action[] {
  const view = desk.access.gateway.value;
  if (!view) return [];
  const { on } = view.settings;
  return [
    {
      id: 'access:gateway-switch',
      group,
      name: on ? 'Switch the gateway off' : 'Switch the gateway on',
      words: 'access listener start stop',
      icon: on ? PowerOff : Power,
      do: () => {
        desk.router.go({ screen: 'access', tab: 'gateway' });
        void turn(desk, !on);
      },
    },
  ];
}

async function turn(desk: Desk, on: boolean): Promise<void> {
  const model = new GatewayModel(desk);
  await model.turn(on);
  const [problem] = model.problems;
  if (problem) desk.toasts.say('danger', problem.message, problem.hint);
}

function answers(desk: Desk, approval: ApprovalView): Action[] {
  const name = principalName(principalOf(approval.arn));
  const words = `waits approval ${approval.arn}`;
  const common = { group, detail: approval.auth_method, words } as const;
  return [
    {
      ...common,
      id: `approval:once:${approval.id}`,
      name: `Allow ${name} once`,
      icon: Clock,
      do: () => void desk.access.allow(approval, false),
    },
    {
      ...common,
      id: `approval:always:${approval.id}`,
      name: `Allow ${name} always`,
      icon: Check,
      do: () => void desk.access.allow(approval, true),
    },
    {
      ...common,
      id: `approval:deny:${approval.id}`,
      name: `Deny ${name}…`,
      icon: Ban,
      danger: true,
      do: () => desk.access.askToDeny(approval),
    },
  ];
}

function ofMethod(desk: Desk, method: AuthMethodView): Action[] {
  const { router, access: known } = desk;
  const { access_id: id, name } = method;
  const common = { group, detail: id } as const;
  return [
    {
      ...common,
      id: `method:open:${id}`,
      name: `Open auth method ${name}`,
      words: 'access client configure',
      icon: SquareArrowOutUpRight,
      do: () => router.go({ screen: 'method', id }),
    },
    {
      ...common,
      id: `method:edit:${id}`,
      name: `Edit auth method ${name}`,
      words: 'access change bounds',
      icon: Pencil,
      do: () => router.go({ screen: 'edit-method', id }),
    },
    {
      ...common,
      id: `method:copy:${id}`,
      name: `Copy the access id of ${name}`,
      words: 'auth method clipboard',
      icon: Copy,
      do: () => void desk.copy(id),
    },
    {
      ...common,
      id: `method:test:${id}`,
      name: `Test an identity on ${name}`,
      words: 'auth method bounds why',
      icon: SearchCheck,
      do: () => router.go({ screen: 'access', tab: 'test', of: id }),
    },
    {
      ...common,
      id: `method:switch:${id}`,
      name: method.enabled ? `Switch auth method ${name} off…` : `Switch auth method ${name} on`,
      words: 'access disable enable',
      icon: method.enabled ? PowerOff : Power,
      ...(method.enabled ? { danger: true } : {}),
      do: () => known.switchMethod(method, !method.enabled),
    },
    // One that is protected has to be edited first.
    ...(method.method.delete_protection
      ? []
      : [
          {
            ...common,
            id: `method:delete:${id}`,
            name: `Delete auth method ${name}…`,
            words: 'access remove',
            icon: Trash2,
            danger: true,
            do: () => known.askToDeleteMethod(method),
          },
        ]),
  ];
}

function ofRole(desk: Desk, role: RoleView): Action[] {
  const common = { group, detail: role.description || 'role' } as const;
  return [
    {
      ...common,
      id: `role:open:${role.name}`,
      name: `Open role ${role.name}`,
      words: 'access rules associations',
      icon: SquareArrowOutUpRight,
      do: () => desk.router.go({ screen: 'role', id: role.name }),
    },
    {
      ...common,
      id: `role:delete:${role.name}`,
      name: `Delete role ${role.name}…`,
      words: 'access remove',
      icon: Trash2,
      danger: true,
      do: () => desk.access.askToDeleteRole(role),
    },
  ];
}

const ofSession = (desk: Desk, session: SessionView): Action => ({
  id: `session:end:${session.id}`,
  group,
  name: `End the session of ${principalName(principalOf(session.arn))}…`,
  detail: `${session.auth_method} · ${session.client}`,
  words: `access revoke log out ${session.arn}`,
  icon: LogOut,
  danger: true,
  do: () => desk.access.askToEnd(session),
});
