// Which folders of the overview are folded away. The page's own storage keeps it.

const REMEMBERED = 'leasehold.folded';

function remembered(): string[] {
  try {
    const known: unknown = JSON.parse(localStorage.getItem(REMEMBERED) ?? '[]');
    return Array.isArray(known) ? known.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

const keyOf = (environment: string, folder: string): string => `${environment} ${folder}`;

export class Folds {
  private folded = $state.raw<readonly string[]>(remembered());

  has(environment: string, folder: string): boolean {
    return this.folded.includes(keyOf(environment, folder));
  }

  toggle(environment: string, folder: string): void {
    const key = keyOf(environment, folder);
    this.folded = this.folded.includes(key)
      ? this.folded.filter((other) => other !== key)
      : [...this.folded, key];
    try {
      localStorage.setItem(REMEMBERED, JSON.stringify(this.folded));
    } catch {
      // Storage may be full or forbidden; then it lasts as long as the page.
    }
  }
}
