// Leases: each one opened, renewed, revoked, tried again, marked as seen; and all of them at once.
import Ban from '@lucide/svelte/icons/ban';
import Check from '@lucide/svelte/icons/check';
import CirclePause from '@lucide/svelte/icons/circle-pause';
import Eye from '@lucide/svelte/icons/eye';
import KeyRound from '@lucide/svelte/icons/key-round';
import RotateCw from '@lucide/svelte/icons/rotate-cw';
import TimerReset from '@lucide/svelte/icons/timer-reset';
import TriangleAlert from '@lucide/svelte/icons/triangle-alert';
import XCircle from '@lucide/svelte/icons/circle-x';
import { untrack } from 'svelte';
import type { LeaseView } from '../api/types';
import type { Desk } from '../state/desk.svelte';
import { millis, shortAbsolute } from '../time/moment';
import { askToForget } from '../views/lease/lease.svelte';
import { isOpen, isRenewable, isRevocable, needsAttention } from '../words/lease';
import type { Action } from './action';

export function leases(desk: Desk): Action[] {
  const known = desk.ledger.leases.value ?? [];
  const revocable = desk.revocable;
  const all: Action[] = [];
  if (revocable.length > 0 && !desk.bulk.busy) {
    all.push({
      id: 'leases:revoke-all',
      group: 'Leases',
      name: `Revoke all ${revocable.length === 1 ? 'leases' : `${revocable.length} leases`}…`,
      words: 'everything end panic emergency stop',
      icon: Ban,
      danger: true,
      do: () => desk.askToRevoke(revocable),
    });
  }
  if (desk.bulk.phase === 'running') {
    all.push({
      id: 'leases:stop',
      group: 'Leases',
      name: 'Stop revoking the rest',
      words: 'cancel bulk',
      icon: CirclePause,
      do: () => void desk.bulk.stop(),
    });
  }
  if (known.some(needsAttention)) {
    all.push({
      id: 'leases:attention',
      group: 'Leases',
      name: 'Show what needs attention',
      words: 'alarm failed blocked',
      icon: TriangleAlert,
      do: () => desk.router.go({ screen: 'leases' }),
    });
  }
  return [...all, ...known.flatMap((lease) => of(desk, lease))];
}

function of(desk: Desk, lease: LeaseView): Action[] {
  const { router, api } = desk;
  const { id, secret } = lease;
  // As of the moment the list is made: it does not change under the hand of a person each second.
  const now = untrack(() => desk.clock.aws(lease.clock_offset_ms));
  const common = {
    group: 'Leases',
    words: `lease ${lease.user_name} ${lease.access_key_id ?? ''} ${lease.label ?? ''} ${lease.environment}`,
    detail: [
      lease.label,
      `…${lease.user_name.slice(-6)}`,
      `ends ${shortAbsolute(millis(lease.expires_at), now)}`,
    ]
      .filter(Boolean)
      .join(' · '),
  } as const;
  const found: Action[] = [
    {
      ...common,
      id: `lease:open:${id}`,
      name: `Show lease of ${secret}`,
      icon: Eye,
      do: () => router.open({ sheet: 'lease', leaseId: id }),
    },
  ];
  if (lease.kept && lease.state === 'active') {
    found.push({
      ...common,
      id: `lease:key:${id}`,
      name: `Show the kept key of ${secret}`,
      icon: KeyRound,
      do: () => void desk.showKey(id),
    });
  }
  if (isRenewable(lease, now)) {
    found.push({
      ...common,
      id: `lease:renew:${id}`,
      name: `Renew lease of ${secret}…`,
      icon: TimerReset,
      do: () => router.open({ sheet: 'lease', leaseId: id, renewing: true }),
    });
  }
  if (isRevocable(lease)) {
    found.push({
      ...common,
      id: `lease:revoke:${id}`,
      name: `Revoke lease of ${secret}…`,
      icon: Ban,
      danger: true,
      do: () => desk.askToRevoke([lease]),
    });
  } else if (isOpen(lease) && lease.end_asked_at === null) {
    found.push({
      ...common,
      id: `lease:retry:${id}`,
      name: `Try again now to end the lease of ${secret}`,
      icon: RotateCw,
      do: () => void desk.attempt(() => api.retry(id)),
    });
  }
  if (lease.alarm !== null) {
    found.push({
      ...common,
      id: `lease:seen:${id}`,
      name: `Mark the alarm on ${secret} as seen`,
      icon: Check,
      do: () => void desk.attempt(() => api.acknowledge(id)),
    });
  }
  if (isOpen(lease) && lease.attempts > 0) {
    found.push({
      ...common,
      id: `lease:forget:${id}`,
      name: `Forget the lease of ${secret}…`,
      icon: XCircle,
      danger: true,
      do: () => askToForget(desk, lease),
    });
  }
  return found;
}
