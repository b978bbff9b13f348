// A desktop without a desktop: keeps a believable state in memory, so that the window runs in a browser and in tests.
import type {
  CommandArgs,
  CommandName,
  CommandResult,
  EventName,
  EventTable,
  Problem,
} from '../api/types';
import { FakeAccount } from './fake/account';
import { answersOf, type Answers } from './fake/answers';
import { problem } from './fake/rules';
import { FakeKeyWindow, openInBrowser } from './fake/keywindow';
import { Listeners } from './fake/listeners';
import { SCENES, type SceneName } from './fake/scenes';
import type { Platform, Unlisten } from './platform';

export interface FakeOptions {
  scene?: SceneName;
  /** How long every answer takes. */
  delayMs?: number;
  /** How long each step of an issue takes. */
  stepMs?: number;
  /** Opens the window of a lease's key, where there are windows. */
  opens?: (leaseId: string) => { close: () => void } | null;
}

const pause = (milliseconds: number): Promise<void> =>
  milliseconds === 0 ? Promise.resolve() : new Promise((done) => setTimeout(done, milliseconds));

export class FakePlatform implements Platform {
  readonly account: FakeAccount;
  /** Every command that was called, oldest first. */
  readonly calls: { name: CommandName; args: unknown }[] = [];
  /** How these commands fail from now on: with a problem, or by never answering. */
  readonly faults = new Map<CommandName, Problem | 'hang'>();

  /** The windows of keys that are open, by lease. */
  readonly keys = new Map<string, FakeKeyWindow>();

  private readonly delayMs: number;
  private readonly answers: Answers;
  private readonly listeners = new Listeners();
  private readonly closers = new Map<string, () => void>();

  constructor({ scene = 'full', delayMs = 0, stepMs = 0, opens = () => null }: FakeOptions = {}) {
    this.account = new FakeAccount(scene, (event, payload) => this.emit(event, payload));
    this.delayMs = delayMs;
    const windows = {
      open: (leaseId: string) => {
        if (!this.keys.has(leaseId)) this.keys.set(leaseId, new FakeKeyWindow(this, leaseId));
        const opened = opens(leaseId);
        this.closers.set(leaseId, () => opened?.close());
      },
      close: (leaseId: string) => {
        this.keys.delete(leaseId);
        this.closers.get(leaseId)?.();
      },
    };
    this.answers = answersOf(this.account, () => pause(stepMs), stepMs, windows);
  }

  /** `keyOf` is the lease whose key the calling window shows; the main window shows none. */
  async call<C extends CommandName>(
    name: C,
    args: CommandArgs<C>,
    keyOf: string | null = null,
  ): Promise<CommandResult<C>> {
    this.calls.push({ name, args: structuredClone(args) });
    await pause(this.delayMs);
    const fault = this.faults.get(name);
    if (fault === 'hang') return new Promise(() => undefined);
    if (fault) throw fault;
    this.account.passTime();
    const answer = this.answers[name] as (
      args: CommandArgs<C>,
      keyOf: string,
    ) => CommandResult<C> | Promise<CommandResult<C>>;
    const forKeys = name.startsWith('credentials_') && name !== 'credentials_open';
    if (name !== 'settings_get' && forKeys !== (keyOf !== null)) {
      throw new Error(`${name} not allowed on this window`);
    }
    return structuredClone(await answer(args, keyOf ?? ''));
  }

  on<E extends EventName>(event: E, handler: (payload: EventTable[E]) => void): Unlisten {
    return this.listeners.on(event, handler);
  }

  /** To the main window; what the engine tells, to those of keys as well. */
  emit<E extends EventName>(event: E, payload: EventTable[E]): void {
    this.listeners.tell(event, payload);
    if (event !== 'engine' && event !== 'clock_changed') return;
    for (const window of this.keys.values()) window.hear(event, payload);
  }
}

const SAMPLE: Partial<Record<Problem['code'], [string, string]>> = {
  aws_denied: [
    'AWS denied iam:CreateUser on arn:aws:iam::123456789012:user/leases/*.',
    'Give the managing user the policy that Connections shows.',
  ],
  store_failed: ['The state file could not be read.', 'Close whatever else has it open.'],
};

/** `?scene=trouble&delay=300&step=800&fault=lease_create:aws_denied&hang=secret_list` */
export function fakeFromAddress(
  query: URLSearchParams,
  opens: FakeOptions['opens'] = openInBrowser,
): FakePlatform {
  const asked = query.get('scene');
  const scene = SCENES.find((name) => name === asked) ?? 'full';
  const fake = new FakePlatform({
    scene,
    delayMs: Number(query.get('delay') ?? 60),
    stepMs: Number(query.get('step') ?? 500),
    opens,
  });
  for (const fault of query.getAll('fault')) {
    const [command, code] = fault.split(':');
    const [message, hint] = SAMPLE[code as Problem['code']] ?? ['It failed, as was asked.', null];
    fake.faults.set(
      command as CommandName,
      problem((code ?? 'internal') as Problem['code'], message, hint),
    );
  }
  for (const command of query.getAll('hang')) {
    fake.faults.set(command as CommandName, 'hang');
  }
  // For a person or a test at the browser's console.
  Object.assign(window, { leaseholdFake: fake });
  return fake;
}
