// Environments: to show one, and to change them.
import ArrowLeft from '@lucide/svelte/icons/arrow-left';
import ArrowRight from '@lucide/svelte/icons/arrow-right';
import Layers from '@lucide/svelte/icons/layers';
import Pencil from '@lucide/svelte/icons/pencil';
import Plus from '@lucide/svelte/icons/plus';
import Trash2 from '@lucide/svelte/icons/trash-2';
import type { Desk } from '../state/desk.svelte';
import type { Action } from './action';

export function environments(desk: Desk): Action[] {
  const { environments: all, router } = desk;
  const group = 'Environments';
  const add: Action = {
    id: 'environment:add',
    group,
    name: 'Add an environment…',
    words: 'new create tab',
    icon: Plus,
    do: all.askToAdd,
  };
  const each = all.names.flatMap((name): Action[] => {
    const found: Action[] = [
      {
        id: `environment:show:${name}`,
        group,
        name: `Show environment ${name}`,
        words: 'switch tab go',
        icon: Layers,
        do: () => {
          all.show(name);
          router.go({ screen: 'overview' });
        },
      },
      {
        id: `environment:rename:${name}`,
        group,
        name: `Rename environment ${name}…`,
        icon: Pencil,
        do: () => all.askToRename(name),
      },
    ];
    for (const step of [-1, 1] as const) {
      if (!all.mayMove(name, step)) continue;
      const way = step < 0 ? 'left' : 'right';
      found.push({
        id: `environment:${way}:${name}`,
        group,
        name: `Move environment ${name} ${way}`,
        words: 'order sort tab',
        icon: step < 0 ? ArrowLeft : ArrowRight,
        do: () => all.move(name, step),
      });
    }
    if (all.isRemovable(name)) {
      found.push({
        id: `environment:remove:${name}`,
        group,
        name: `Remove environment ${name}…`,
        words: 'delete',
        icon: Trash2,
        danger: true,
        do: () => all.askToRemove(name),
      });
    }
    return found;
  });
  return [add, ...each];
}
