// What can be taken back: each thing that was done and has an inverse is offered for a while, the newest first.
// Nothing is here that AWS was told: a revoked lease does not come back.
import { asProblem } from '../api/problem';
import type { Toasts } from './toasts.svelte';

interface Offer {
  toast: number;
  /** What was done, as its message says it. */
  text: string;
  inverse: () => Promise<unknown>;
}

export class Undo {
  private offers = $state.raw<readonly Offer[]>([]);

  constructor(private readonly toasts: Toasts) {}

  /** What would be taken back now; null when nothing is on offer. */
  get last(): string | null {
    return this.offers.at(-1)?.text ?? null;
  }

  /**
   * Says what was done and offers to take it back while the message stands. A newer one of the same `about` takes the
   * place of the older: many small changes of one thing do not pile up.
   */
  offer(text: string, inverse: () => Promise<unknown>, about?: string): void {
    const toast = this.toasts.say('ok', text, null, {
      ...(about === undefined ? {} : { about }),
      action: { label: 'Undo', act: () => void this.take(toast) },
      gone: () => (this.offers = this.offers.filter((offer) => offer.toast !== toast)),
    });
    this.offers = [...this.offers, { toast, text, inverse }];
  }

  /** Takes back the newest one. */
  takeLast = (): Promise<void> => {
    const last = this.offers.at(-1);
    return last ? this.take(last.toast) : Promise.resolve();
  };

  private async take(toast: number): Promise<void> {
    const offer = this.offers.find((one) => one.toast === toast);
    if (!offer) return;
    // Its offer goes with its message, so that it is not taken back twice.
    this.toasts.dismiss(toast);
    try {
      await offer.inverse();
      this.toasts.say('ok', 'Taken back.', offer.text);
    } catch (rejection) {
      const { message, hint } = asProblem(rejection);
      this.toasts.say('danger', `Not taken back: ${message}`, hint);
    }
  }
}
