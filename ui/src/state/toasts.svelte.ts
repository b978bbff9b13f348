// Short messages about what was just done, read aloud and gone after a while; some with one thing to do.

export type ToastTone = 'ok' | 'warn' | 'danger';

export interface ToastAction {
  label: string;
  act: () => void;
}

interface More {
  action?: ToastAction;
  /** Takes the place of the one about the same. */
  about?: string;
  /** Called when it is gone, whichever way. */
  gone?: () => void;
}

export interface Toast extends More {
  id: number;
  tone: ToastTone;
  text: string;
  detail: string | null;
}

const SHOWN_MS = { ok: 5000, warn: 12_000, danger: 12_000 };
/** Long enough to read it, to decide, and to get there without a pointer. */
export const ACTION_SHOWN_MS = 12_000;
const MOST = 3;

export class Toasts {
  all = $state.raw<Toast[]>([]);
  private count = 0;
  private readonly timers: Record<number, ReturnType<typeof setTimeout> | undefined> = {};

  /** Its id, to take it away again. */
  say(tone: ToastTone, text: string, detail: string | null = null, more: More = {}): number {
    this.count += 1;
    const toast = { id: this.count, tone, text, detail, ...more };
    const stays = this.all.filter(({ about }) => about === undefined || about !== toast.about);
    const kept = stays.slice(-(MOST - 1));
    const gone = this.all.filter((known) => !kept.includes(known));
    this.all = [...kept, toast];
    for (const one of gone) this.forget(one);
    this.release(toast.id);
    return toast.id;
  }

  dismiss(id: number): void {
    const toast = this.all.find((known) => known.id === id);
    if (!toast) return;
    this.all = this.all.filter((known) => known !== toast);
    this.forget(toast);
  }

  /** It is looked at, or has the focus: it stays. */
  hold(id: number): void {
    clearTimeout(this.timers[id]);
    this.timers[id] = undefined;
  }

  /** Its time begins anew. */
  release(id: number): void {
    this.hold(id);
    const toast = this.all.find((known) => known.id === id);
    if (!toast) return;
    const shown = toast.action ? ACTION_SHOWN_MS : SHOWN_MS[toast.tone];
    this.timers[id] = setTimeout(() => this.dismiss(id), shown);
  }

  private forget(toast: Toast): void {
    this.hold(toast.id);
    toast.gone?.();
  }
}
