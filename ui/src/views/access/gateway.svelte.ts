// The gateway's switch and its settings while they are changed. What was typed stays when the engine refuses it.
import { asProblem, isAbout } from '../../api/problem';
import type { GatewaySettings, GatewayTls, Problem } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';

/** Where the Unix socket is: where it usually is, at a path that was typed, or nowhere. */
export type SocketChoice = 'usual' | 'own' | 'none';

const FIELDS = ['listen', 'socket', 'tls_cert', 'tls_key', 'names'];

export class GatewayModel {
  /** Null until what is saved is known. */
  draft = $state<GatewaySettings | null>(null);
  socketPath = $state('');
  busy = $state(false);
  switching = $state(false);
  problems = $state.raw<Problem[]>([]);
  refusals = $state(0);
  private begun = '';

  constructor(private readonly desk: Desk) {}

  /** What is saved takes the place of what stands here, unless something was typed. */
  take(saved: GatewaySettings): void {
    if (this.draft && this.isChanged) return;
    this.draft = structuredClone(saved);
    this.socketPath = saved.socket === 'usual' ? '' : saved.socket;
    this.begun = this.text;
  }

  reset = (): void => {
    const saved = this.desk.access.gateway.value?.settings;
    this.draft = null;
    this.problems = [];
    if (saved) this.take(saved);
  };

  private get text(): string {
    // The switch is saved by itself.
    return JSON.stringify({ ...$state.snapshot(this.draft), on: false });
  }

  get isChanged(): boolean {
    return this.text !== this.begun;
  }

  get socketChoice(): SocketChoice {
    const socket = this.draft?.socket ?? 'usual';
    if (socket === '') return 'none';
    return socket === 'usual' ? 'usual' : 'own';
  }

  chooseSocket = (choice: SocketChoice): void => {
    if (!this.draft) return;
    // A lone slash is no path, and is refused until one is typed.
    const own = this.socketPath === '' ? '/' : this.socketPath;
    this.draft.socket = choice === 'none' ? '' : choice === 'usual' ? 'usual' : own;
  };

  typeSocket = (path: string): void => {
    this.socketPath = path;
    if (this.draft) this.draft.socket = path.trim() === '' ? '/' : path.trim();
  };

  chooseTls = (tls: GatewayTls): void => {
    if (this.draft) this.draft.tls = tls;
  };

  problemsOf(field: string): Problem[] {
    return this.problems.filter((problem) => isAbout(problem, field));
  }

  get failures(): Problem[] {
    return this.problems.filter((problem) => !FIELDS.some((field) => isAbout(problem, field)));
  }

  /** Switches it on or off, as it is saved. */
  async turn(on: boolean): Promise<void> {
    const { access, api } = this.desk;
    const saved = access.gateway.value?.settings;
    if (!saved || this.switching) return;
    this.switching = true;
    this.problems = [];
    try {
      access.gateway.value = await api.setGateway({ ...saved, on });
    } catch (rejection) {
      this.problems = [asProblem(rejection)];
    } finally {
      this.switching = false;
    }
  }

  save = async (): Promise<void> => {
    const { access, api, toasts } = this.desk;
    if (this.busy || !this.draft) return;
    this.busy = true;
    this.problems = [];
    const on = access.gateway.value?.settings.on ?? false;
    const settings = { ...$state.snapshot(this.draft), on };
    try {
      this.problems = await api.checkGateway(settings);
      if (this.problems.length > 0) {
        this.refusals += 1;
        return;
      }
      const view = await api.setGateway(settings);
      this.begun = this.text;
      access.gateway.value = view;
      this.take(view.settings);
      toasts.say(
        'ok',
        'The gateway’s settings are saved.',
        view.settings.on ? 'It follows them at once.' : 'They count once it is switched on.',
      );
    } catch (rejection) {
      this.problems = [asProblem(rejection)];
      this.refusals += 1;
    } finally {
      this.busy = false;
    }
  };
}
