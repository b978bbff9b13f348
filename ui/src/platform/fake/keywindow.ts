// The window of a key on the fake desktop: a popup that asks the page which opened it, or one by itself on a scene.
import type {
  CommandArgs,
  CommandName,
  CommandResult,
  EventName,
  EventTable,
} from '../../api/types';
import { fakeFromAddress, type FakePlatform } from '../fake';
import type { Platform, Unlisten } from '../platform';
import { Listeners } from './listeners';

/** One such window, as the page in it sees the desktop. */
export class FakeKeyWindow implements Platform {
  private readonly listeners = new Listeners();

  constructor(
    private readonly desktop: FakePlatform,
    readonly leaseId: string,
  ) {}

  call<C extends CommandName>(name: C, args: CommandArgs<C>): Promise<CommandResult<C>> {
    return this.desktop.call(name, args, this.leaseId);
  }

  on<E extends EventName>(event: E, handler: (payload: EventTable[E]) => void): Unlisten {
    return this.listeners.on(event, handler);
  }

  hear<E extends EventName>(event: E, payload: EventTable[E]): void {
    this.listeners.tell(event, payload);
  }
}

const nameOf = (leaseId: string) => `credentials-${leaseId}`;

/** Opens the window of a lease's key in a browser, or brings it up. */
export function openInBrowser(leaseId: string): { close: () => void } | null {
  const address = `credentials.html?lease=${encodeURIComponent(leaseId)}`;
  const opened = window.open(address, nameOf(leaseId), 'popup,width=520,height=660');
  opened?.focus();
  return opened;
}

/**
 * `?lease=l-14`: that of the page which opened this one. `?scene=full&lease=l-14`, `?scene=full&secret=s-s3-upload`: by
 * itself, a key that was kept or one that is made now.
 */
export async function keyWindowFromAddress(query: URLSearchParams): Promise<Platform> {
  const leaseId = query.get('lease');
  const { leaseholdFake: desktop } = (window.opener ?? {}) as { leaseholdFake?: FakePlatform };
  const opened = leaseId === null ? undefined : desktop?.keys.get(leaseId);
  if (opened) return opened;
  const alone = fakeFromAddress(query, () => null);
  const fresh = query.get('secret');
  const shown = fresh
    ? (
        await alone.call('lease_create', {
          input: { secret_id: fresh, ttl: null, label: null, request_id: 'alone' },
        })
      ).id
    : (leaseId ?? '');
  if (!fresh) await alone.call('credentials_open', { leaseId: shown });
  const own = alone.keys.get(shown);
  if (!own) throw new Error(`No window shows the key of ${shown}.`);
  return own;
}
