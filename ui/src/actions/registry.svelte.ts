// Everything that can be done from where a person is. The palette lists it, the sheet of keys shows what of it has keys,
// the keyboard runs it: nothing of the three has a list of its own.
import { getContext, setContext, tick } from 'svelte';
import type { Desk } from '../state/desk.svelte';
import { focusPage } from '../state/cursor';
import { generateId } from '../state/recents.svelte';
import type { Action } from './action';
import { access } from './access';
import { connections } from './connections';
import { environments } from './environments';
import { leases } from './leases';
import { places } from './places';
import { generating, secrets } from './secrets';
import { windowActions } from './window';

/** So many secrets are offered before anything is typed. */
export const AGAIN = 3;

export class Actions {
  constructor(private readonly desk: Desk) {}

  /** All that can be done now. */
  readonly all = $derived.by((): Action[] => [
    ...generating(this.desk),
    ...leases(this.desk),
    ...secrets(this.desk),
    ...places(this.desk),
    ...environments(this.desk),
    ...connections(this.desk),
    ...access(this.desk),
    ...windowActions(this.desk),
  ]);

  /** What has keys of its own, in the order of the sheet. It does not depend on what is in the account. */
  readonly withKeys = $derived.by((): Action[] =>
    [...windowActions(this.desk), ...places(this.desk), ...secrets(this.desk)].filter(
      ({ keys }) => keys !== undefined,
    ),
  );

  /** Of the secrets that a person pinned. */
  readonly pinned = $derived.by((): Action[] => {
    const pins = (this.desk.ledger.secrets.value ?? []).filter(({ pinned }) => pinned);
    const ids = pins.map(({ id }) => generateId(id));
    return generating(this.desk).filter(({ id }) => ids.includes(id));
  });

  /**
   * The secrets that leases were made of last, newest first. What this page remembers comes first; open leases tell it
   * as well, so that it is right also after the page's memory is gone.
   */
  readonly again = $derived.by((): Action[] => {
    const possible = generating(this.desk);
    const issued = (this.desk.ledger.leases.value ?? [])
      .filter((lease) => lease.requested_by === 'window')
      .toSorted((a, b) => (a.created_at < b.created_at ? 1 : -1))
      .flatMap(({ secret_id }) => (secret_id === null ? [] : [generateId(secret_id)]));
    return [...this.desk.recents.ids, ...issued]
      .filter((id, index, all) => all.indexOf(id) === index)
      .flatMap((id) => possible.find((action) => action.id === id) ?? [])
      .slice(0, AGAIN);
  });

  /** Runs it, with the focus where it was, or on the page it led to. */
  run = async (action: Action): Promise<void> => {
    if (this.desk.over !== null) {
      this.desk.over = null;
      // What lay above is gone and has given the focus back, before anything else takes it.
      await tick();
    }
    // The palette itself and the like are not what a person comes back for.
    if (action.group !== 'Window') this.desk.recents.use(action.id);
    const { route } = this.desk.router;
    action.do();
    if (this.desk.router.route === route) return;
    await tick();
    if (this.desk.clear) focusPage();
  };
}

const KEY = Symbol('actions');
export const setActions = (actions: Actions): Actions => setContext(KEY, actions);
export const useActions = (): Actions => getContext<Actions>(KEY);
