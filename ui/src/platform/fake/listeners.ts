// Who hears what in one window of the fake desktop.
import type { EventName, EventTable } from '../../api/types';
import type { Unlisten } from '../platform';

export class Listeners {
  private readonly all = new Map<EventName, Set<(payload: never) => void>>();

  on<E extends EventName>(event: E, handler: (payload: EventTable[E]) => void): Unlisten {
    const handlers = this.all.get(event) ?? new Set();
    this.all.set(event, handlers);
    handlers.add(handler as (payload: never) => void);
    return () => handlers.delete(handler as (payload: never) => void);
  }

  tell<E extends EventName>(event: E, payload: EventTable[E]): void {
    for (const handler of [...(this.all.get(event) ?? [])]) {
      handler(structuredClone(payload) as never);
    }
  }
}
