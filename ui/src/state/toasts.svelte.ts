// Short messages about what was just done, read aloud and gone after a while.

export type ToastTone = 'ok' | 'warn' | 'danger';
export interface Toast {
  id: number;
  tone: ToastTone;
  text: string;
  detail: string | null;
}

const SHOWN_MS = { ok: 5000, warn: 12_000, danger: 12_000 };

export class Toasts {
  all = $state.raw<Toast[]>([]);
  private count = 0;

  say(tone: ToastTone, text: string, detail: string | null = null): void {
    this.count += 1;
    const toast = { id: this.count, tone, text, detail };
    this.all = [...this.all.slice(-2), toast];
    setTimeout(() => this.dismiss(toast.id), SHOWN_MS[tone]);
  }

  dismiss(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }
}
