// One role on its page: its rules while they are changed, and what of today's dynamic secrets it reaches.
import { asProblem, isAbout } from '../../api/problem';
import type { AssociationView, Capability, Problem, ReachView, RoleView } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { Loaded } from '../../state/loaded.svelte';
import { suggestedPaths } from './paths';

export function askToDissociate(desk: Desk, role: string, way: AssociationView): void {
  desk.questions.ask({
    title: `Take ${role} away from ${way.auth_method}?`,
    body: [
      `Whoever logged in by ${way.auth_method} loses what the role gave, from their next call on.`,
      'Leases that they have live on to their own end.',
    ],
    action: 'Take away',
    danger: true,
    testid: 'dissociate-confirm',
    act: async () => {
      await desk.api.dissociate(role, way.access_id);
      await Promise.all([desk.access.roles.refresh(), desk.access.methods.refresh()]);
    },
  });
}

export class RoleModel {
  path = $state('');
  capabilities = $state.raw<Capability[]>(['read']);
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);
  readonly reach: Loaded<ReachView[]>;

  constructor(
    private readonly desk: Desk,
    readonly name: string,
  ) {
    this.reach = new Loaded(() => desk.api.reachOf(name));
  }

  get role(): RoleView | null {
    return this.desk.access.role(this.name);
  }

  /** A rule stands at this path already, and would be replaced. */
  get replaces(): boolean {
    const path = this.path.trim();
    const rules = this.role?.rules ?? [];
    return rules.some((rule) => rule.path === path || rule.path === `/${path}`);
  }

  get suggestions(): string[] {
    return suggestedPaths((this.desk.ledger.secrets.value ?? []).map(({ draft }) => draft));
  }

  /** `deny` takes everything away, so nothing stands beside it. */
  choose = (capabilities: Capability[]): void => {
    const added = capabilities.find((one) => !this.capabilities.includes(one));
    if (added === 'deny') this.capabilities = ['deny'];
    else this.capabilities = capabilities.filter((one) => added === undefined || one !== 'deny');
  };

  problemsOf(field: string): Problem[] {
    return this.problem && isAbout(this.problem, field) ? [this.problem] : [];
  }

  get failure(): Problem | null {
    const { problem } = this;
    return problem && !['path', 'capability'].some((field) => isAbout(problem, field))
      ? problem
      : null;
  }

  /** Takes a rule up to be changed. */
  edit(path: string, capabilities: Capability[]): void {
    this.path = path;
    this.capabilities = capabilities;
    this.problem = null;
  }

  set = async (): Promise<boolean> => {
    if (this.busy) return false;
    this.busy = true;
    this.problem = null;
    try {
      await this.desk.api.setRule(this.name, this.path, this.capabilities);
      await this.desk.access.roles.refresh();
      this.path = '';
      this.capabilities = ['read'];
      return true;
    } catch (rejection) {
      this.problem = asProblem(rejection);
      return false;
    } finally {
      this.busy = false;
    }
  };

  /** Without a question: it is offered back. */
  remove = async (path: string, capabilities: Capability[]): Promise<void> => {
    const { api, access, undo } = this.desk;
    const gone = await this.desk.attempt(() => api.deleteRule(this.name, path));
    await access.roles.refresh();
    if (!gone) return;
    undo.offer(`The rule for ${path} is gone.`, async () => {
      await api.setRule(this.name, path, capabilities);
      await access.roles.refresh();
    });
  };
}
