// The desktop behind one interface: whoever implements it is a desktop to the rest of the window.
import type { CommandArgs, CommandName, CommandResult, EventName, EventTable } from '../api/types';

/** Ends a subscription. Calling it twice is harmless. */
export type Unlisten = () => void;

export interface Platform {
  /** Runs a command; rejects with a `Problem`. */
  call<C extends CommandName>(name: C, args: CommandArgs<C>): Promise<CommandResult<C>>;
  /** Hears an event until the returned function is called. */
  on<E extends EventName>(event: E, handler: (payload: EventTable[E]) => void): Unlisten;
}
