// What the palette shows: before anything is typed, what a person most likely came for; then what was found.
import { AGAIN, type Actions } from '../../actions/registry.svelte';
import type { Action } from '../../actions/action';
import { find } from '../../actions/find';
import type { Recents } from '../../state/recents.svelte';

const MOST_RECENT = 4;
/** More pins are found by their name. */
const MOST_PINNED = 5;

export interface Section {
  title: string;
  actions: Action[];
}

export class PaletteModel {
  query = $state('');

  constructor(
    private readonly actions: Actions,
    private readonly recents: Recents,
  ) {}

  get searching(): boolean {
    return this.query.trim() !== '';
  }

  readonly sections = $derived.by((): Section[] =>
    this.searching
      ? [{ title: 'Found', actions: this.found }].filter(({ actions }) => actions.length > 0)
      : this.offered,
  );

  /** In the order they stand, for what is chosen by its number. */
  readonly shown = $derived.by(() => this.sections.flatMap(({ actions }) => actions));

  private get found(): Action[] {
    return find(this.actions.all, this.query, (id) => this.recents.rank(id)).filter(
      ({ id }) => id !== 'window:palette',
    );
  }

  /**
   * What was pinned comes first, then generating again, so that it is in the same place each time; then what was used;
   * then the rest.
   */
  private get offered(): Section[] {
    const all = this.actions.all.filter(({ id }) => id !== 'window:palette');
    const pinned = this.actions.pinned.slice(0, MOST_PINNED);
    const again = this.actions.again.filter(({ id }) => pinned.every((pin) => pin.id !== id));
    const generate =
      again.length > 0 || pinned.length > 0 ? again : all.filter(isGenerate).slice(0, AGAIN);
    const used = this.recents.ids
      .flatMap((id) => all.find((action) => action.id === id) ?? [])
      .filter((action) => !isGenerate(action))
      .slice(0, MOST_RECENT);
    const taken = [...pinned, ...generate, ...used].map(({ id }) => id);
    // What is done with one thing among many is found by its name.
    const rest = all.filter(({ id, detail }) => !taken.includes(id) && detail === undefined);
    const sections: Section[] = [
      { title: 'Generate from what is pinned', actions: pinned },
      { title: again.length > 0 ? 'Generate again' : 'Generate', actions: generate },
      { title: 'Used last', actions: used },
    ];
    for (const action of rest) {
      const section = sections.find(({ title }) => title === action.group);
      if (section && section.title !== 'Generate') section.actions.push(action);
      else sections.push({ title: action.group, actions: [action] });
    }
    return sections.filter(({ actions }) => actions.length > 0);
  }
}

const isGenerate = ({ group }: Action): boolean => group === 'Generate';
