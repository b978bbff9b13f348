// Who may ask from outside, and who does: methods, roles, sessions, who waits for an answer, and the gateway.
import type {
  AccessNews,
  ApprovalView,
  AuthMethodView,
  Event,
  GatewayState,
  GatewayView,
  RevokeReport,
  RoleView,
  SessionView,
} from '../api/types';
import { millis } from '../time/moment';
import { isOutside, principalName, principalOf, principalWords } from '../words/identity';
import type { Desk } from './desk.svelte';
import { Loaded } from './loaded.svelte';

export class Access {
  readonly methods: Loaded<AuthMethodView[]>;
  readonly roles: Loaded<RoleView[]>;
  readonly sessions: Loaded<SessionView[]>;
  /** Everybody who came, those that wait for an answer first. */
  readonly approvals: Loaded<ApprovalView[]>;
  readonly gateway: Loaded<GatewayView>;
  /** An answer to this one is under way. */
  answering = $state<string | null>(null);
  /** Whose note a person put away; they still wait. */
  private aside = $state.raw<readonly string[]>([]);

  constructor(private readonly desk: Desk) {
    const { api } = desk;
    this.methods = new Loaded(api.authMethods);
    this.roles = new Loaded(api.roles);
    this.sessions = new Loaded(api.sessions);
    this.approvals = new Loaded(api.approvals);
    this.gateway = new Loaded(api.gateway);
  }

  refresh = async (): Promise<void> => {
    await Promise.all([this.refreshKept(), this.gateway.refresh()]);
  };

  private async refreshKept(): Promise<void> {
    await Promise.all([
      this.methods.refresh(),
      this.roles.refresh(),
      this.sessions.refresh(),
      this.approvals.refresh(),
    ]);
  }

  /** Those who cannot log in before they are answered, who came first being first. */
  readonly waiting = $derived.by((): ApprovalView[] =>
    (this.approvals.value ?? [])
      .filter(({ standing }) => standing === 'asked')
      .toSorted((a, b) => a.first_seen_at.localeCompare(b.first_seen_at)),
  );

  /** Those of them whose note was not put away. */
  readonly prompting = $derived.by((): ApprovalView[] =>
    this.waiting.filter(({ id }) => !this.aside.includes(id)),
  );

  /** Sessions that are not over. */
  get live(): number {
    return this.sessions.value?.length ?? 0;
  }

  method(id: string): AuthMethodView | null {
    return this.methods.value?.find(({ access_id }) => access_id === id) ?? null;
  }

  role(name: string): RoleView | null {
    return this.roles.value?.find((role) => role.name === name) ?? null;
  }

  /** Everybody who came to a method, those that wait first. */
  cameTo(accessId: string): ApprovalView[] {
    return (this.approvals.value ?? []).filter(({ access_id }) => access_id === accessId);
  }

  /** When somebody last got in by a method, as far as it is known. */
  lastLogin(accessId: string): number | null {
    const moments = this.cameTo(accessId)
      .filter(({ standing }) => standing !== 'asked' && standing !== 'denied')
      .map(({ last_seen_at }) => millis(last_seen_at));
    return moments.length === 0 ? null : Math.max(...moments);
  }

  hear = (event: Event): void => {
    if (event.kind === 'access_changed') void this.refreshKept();
    // What somebody from outside got is counted beside them, and beside the way they came.
    else if (event.kind === 'lease_changed' && isOutside(event.lease.requested_by)) {
      void this.methods.refresh();
      void this.sessions.refresh();
      void this.approvals.refresh();
    }
  };

  hearNews = (news: AccessNews): void => {
    switch (news.kind) {
      case 'asked':
        this.put(news.approval);
        break;
      case 'answered':
        void this.approvals.refresh();
        break;
      case 'first_seen':
        this.put(news.approval);
        this.desk.toasts.say(
          'ok',
          `${principalName(principalOf(news.approval.arn))} logged in for the first time.`,
          `By ${news.approval.auth_method}: ${news.approval.arn}`,
          {
            about: `first ${news.approval.id}`,
            action: {
              label: 'Show',
              act: () => this.desk.router.go({ screen: 'access', tab: 'sessions' }),
            },
          },
        );
        break;
      case 'method_expires': {
        const { access_id: id, text } = news.notice;
        this.desk.toasts.say('warn', text, 'Give it a later date, if it is still needed.', {
          about: `expires ${id}`,
          action: {
            label: 'Show',
            act: () => this.desk.router.go({ screen: 'method', id }),
          },
        });
        break;
      }
    }
  };

  hearGateway = (state: GatewayState): void => {
    const known = this.gateway.value;
    if (known) this.gateway.value = { ...known, state };
    else void this.gateway.refresh();
  };

  private put(approval: ApprovalView): void {
    // Who asks anew is shown anew.
    this.aside = this.aside.filter((id) => id !== approval.id);
    const others = (this.approvals.value ?? []).filter(({ id }) => id !== approval.id);
    this.approvals.value = [approval, ...others];
    void this.approvals.refresh();
  }

  /** The note of who waits goes; they go on waiting. */
  putAside = (): void => {
    this.aside = this.waiting.map(({ id }) => id);
  };

  async allow(approval: ApprovalView, always: boolean): Promise<void> {
    if (this.answering !== null) return;
    this.answering = approval.id;
    const answered = await this.desk.attempt(() => this.desk.api.allow(approval.id, always));
    await this.approvals.refresh();
    this.answering = null;
    if (!answered) return;
    this.desk.toasts.say(
      'ok',
      always
        ? `${nameOf(approval)} may log in by ${approval.auth_method} from now on.`
        : `${nameOf(approval)} may log in by ${approval.auth_method} once.`,
      'It logs in again by itself, or has to be told to.',
    );
  }

  askToDeny(approval: ApprovalView): void {
    const leases = approval.open_leases;
    this.desk.questions.ask({
      title: `Keep ${nameOf(approval)} out?`,
      body: [
        `It is ${principalWords(approval.arn)}. It can no longer log in by ${approval.auth_method}, and its sessions end now. You can allow it again under Sessions.`,
        `It is known by the id ${approval.stable_id}: another one of the same name is asked about again.`,
      ],
      action: 'Deny',
      danger: true,
      testid: 'deny-confirm',
      ...(leases === 0 ? {} : { option: { label: endLeasesWords(leases) } }),
      act: async (_name, chosen) => {
        const changed = await this.desk.api.deny(approval.id, chosen);
        await Promise.all([this.approvals.refresh(), this.sessions.refresh()]);
        this.tellEnded(`${nameOf(approval)} is kept out.`, changed.leases);
      },
    });
  }

  askToEnd(session: SessionView): void {
    const leases = session.open_leases;
    this.desk.questions.ask({
      title: `End this session of ${principalName(principalOf(session.arn))}?`,
      body: [
        'Its token stops working now. Whoever it is can log in again for as long as the auth method lets them; deny them, or switch the method off, to keep them out.',
        leases === 0
          ? 'It holds no lease.'
          : 'Leases that it got live on to their own end, unless they end with it.',
      ],
      action: 'End session',
      danger: true,
      testid: 'session-end-confirm',
      ...(leases === 0 ? {} : { option: { label: endLeasesWords(leases) } }),
      act: async (_name, chosen) => {
        const ended = await this.desk.api.endSession(session.id, chosen);
        await this.sessions.refresh();
        this.tellEnded('The session is over.', ended.leases);
      },
    });
  }

  switchMethod(method: AuthMethodView, on: boolean): void {
    if (on) {
      void this.desk.attempt(async () => {
        await this.desk.api.switchMethod(method.access_id, true, false);
        await this.methods.refresh();
        this.desk.toasts.say('ok', `${method.name} is on.`);
      });
      return;
    }
    const leases = method.open_leases;
    this.desk.questions.ask({
      title: `Switch ${method.name} off?`,
      body: [
        'Nobody logs in by it until it is on again, and its sessions end now.',
        leases === 0
          ? 'No lease was made for its identities.'
          : 'Leases made for its identities live on to their own end, unless they end with it.',
      ],
      action: 'Switch off',
      danger: true,
      testid: 'method-off-confirm',
      ...(leases === 0 ? {} : { option: { label: endLeasesWords(leases) } }),
      act: async (_name, chosen) => {
        const changed = await this.desk.api.switchMethod(method.access_id, false, chosen);
        await Promise.all([this.methods.refresh(), this.sessions.refresh()]);
        this.tellEnded(`${method.name} is off.`, changed.leases);
      },
    });
  }

  askToDeleteMethod(method: AuthMethodView): void {
    if (method.method.delete_protection) {
      this.desk.questions.ask({
        title: `${method.name} is protected`,
        body: [
          'It cannot be deleted while its delete protection is on.',
          'To keep everybody out at once, switch it off instead.',
        ],
        action: 'Edit it',
        testid: 'method-protected-edit',
        then: () => this.desk.router.go({ screen: 'edit-method', id: method.access_id }),
      });
      return;
    }
    const leases = method.open_leases;
    this.desk.questions.ask({
      title: `Delete ${method.name}?`,
      body: [
        `Its access id ${method.access_id} never works again: clients that have it must be configured anew. Its sessions end now.`,
        method.roles.length === 0
          ? 'It leads to no role.'
          : method.roles.length === 1
            ? `The role ${method.roles.join('')} and its rules stay.`
            : `The roles ${method.roles.join(', ')} and their rules stay.`,
      ],
      action: 'Delete',
      danger: true,
      typed: { label: `Type ${method.name} to delete it`, text: method.name },
      testid: 'method-delete-confirm',
      ...(leases === 0 ? {} : { option: { label: endLeasesWords(leases) } }),
      act: async (_name, chosen) => {
        const ended = await this.desk.api.deleteMethod(method.access_id, chosen);
        await this.refreshKept();
        this.tellEnded(`${method.name} is deleted.`, ended.leases);
      },
      then: () => {
        const { route } = this.desk.router;
        if (route.screen === 'method') this.desk.router.go({ screen: 'access', tab: 'methods' });
      },
    });
  }

  askToDeleteRole(role: RoleView): void {
    const ways = role.associations.length;
    this.desk.questions.ask({
      title: `Delete the role ${role.name}?`,
      body: [
        `Its ${role.rules.length === 1 ? 'rule goes' : `${role.rules.length} rules go`} with it${
          role.rules.some(isDeny) ? ', those that deny as well' : ''
        }.`,
        ways === 0
          ? 'No auth method leads to it.'
          : `Whoever logs in by ${role.associations.map((way) => way.auth_method).join(', ')} loses what it gave, from their next call on.`,
      ],
      action: 'Delete',
      danger: true,
      testid: 'role-delete-confirm',
      act: async () => {
        await this.desk.api.deleteRole(role.name);
        await Promise.all([this.roles.refresh(), this.methods.refresh()]);
      },
      then: () => {
        this.desk.toasts.say('ok', `The role ${role.name} is deleted.`);
        const { route } = this.desk.router;
        if (route.screen === 'role') this.desk.router.go({ screen: 'access', tab: 'roles' });
      },
    });
  }

  /** What was done, and what became of the leases that were to end with it. */
  private tellEnded(done: string, leases: RevokeReport | null): void {
    this.desk.toasts.say('ok', done);
    if (leases) this.desk.tellRevoked(leases);
  }
}

const isDeny = ({ capabilities }: { capabilities: readonly string[] }): boolean =>
  capabilities.includes('deny');

const nameOf = ({ arn }: ApprovalView): string => principalName(principalOf(arn));

const endLeasesWords = (count: number): string =>
  count === 1 ? 'End its open lease as well' : `End its ${count} open leases as well`;
