// How dynamic secrets are told apart in a list to choose from.
import type { SecretView } from '../api/types';

/** Each by its id, in the order of the names; where two have one name, with where they are. */
export function secretOptions(
  secrets: readonly SecretView[],
  chosen: string,
): { value: string; label: string }[] {
  const names = secrets.map(({ draft }) => draft.name);
  const options = secrets
    .map(({ id, draft }) => ({
      value: id,
      label:
        names.indexOf(draft.name) === names.lastIndexOf(draft.name)
          ? draft.name
          : `${draft.name} (${draft.environment} · ${draft.folder})`,
    }))
    .toSorted((a, b) => a.label.localeCompare(b.label));
  const gone = chosen !== '' && secrets.every(({ id }) => id !== chosen);
  return gone ? [...options, { value: chosen, label: 'A deleted secret' }] : options;
}

/** Names to choose from, the chosen one also when it is gone meanwhile. */
export function nameOptions(
  names: readonly string[],
  chosen: string,
): { value: string; label: string }[] {
  const all = chosen === '' || names.includes(chosen) ? names : [...names, chosen];
  return all.map((name) => ({ value: name, label: name }));
}
