// What was used last, by id, newest first. It lives in the page's own storage: the engine keeps no such list, and what is
// in it is of no worth elsewhere. Some ids carry the name of an environment or a connection; no label and no secret is
// written there.

/** Under which a dynamic secret is remembered, wherever it was generated from. */
export const generateId = (secretId: string): string => `generate:${secretId}`;

const REMEMBERED = 'leasehold.recent';
export const MOST_RECENT = 30;

function remembered(): string[] {
  try {
    const known: unknown = JSON.parse(localStorage.getItem(REMEMBERED) ?? '[]');
    return Array.isArray(known) ? known.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}

export class Recents {
  ids = $state.raw<readonly string[]>(remembered());

  use(id: string): void {
    this.ids = [id, ...this.ids.filter((other) => other !== id)].slice(0, MOST_RECENT);
    try {
      localStorage.setItem(REMEMBERED, JSON.stringify(this.ids));
    } catch {
      // Storage may be full or forbidden; then it lasts as long as the page.
    }
  }

  /** 0 for the last one, larger for older ones; null for what was not used. */
  rank(id: string): number | null {
    const place = this.ids.indexOf(id);
    return place === -1 ? null : place;
  }
}
