// Whether leases of one secret could be made, renewed and ended: what is known, and finding out.
import type { CanaryStepName, Preflight, Problem, SecretDraft, SecretView } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import type { Flight } from '../../state/preflights.svelte';
import { typeOf } from '../../words/draft';
import { CANARY_WORDS, probesInOrder, type CanaryWords } from '../../words/preflight';

/** In which order a canary goes through its steps. */
const ORDER: readonly CanaryStepName[] = ['issue', 'renew', 'revoke'];

export interface FlownStep {
  step: CanaryStepName;
  state: 'done' | 'failed' | 'running' | 'waiting';
  problem: Problem | null;
}

/** Where a canary under way is, by what became of its lease. */
function stepOf(flight: Flight): CanaryStepName {
  switch (flight.lease?.state) {
    case undefined:
    case 'issuing':
    case 'failed':
      return 'issue';
    case 'active':
      return 'renew';
    default:
      return 'revoke';
  }
}

export class PreflightModel {
  /** Whether the table of actions is open; until a person says so, when there is something to see. */
  private shown = $state<boolean | null>(null);

  constructor(
    private readonly desk: Desk,
    private readonly secretId: string,
  ) {}

  get secret(): SecretView | null {
    return this.desk.ledger.secrets.value?.find(({ id }) => id === this.secretId) ?? null;
  }

  /** What is said of canaries of this secret's kind. */
  get words(): CanaryWords {
    return CANARY_WORDS[this.secret ? typeOf(this.secret.draft) : 'iam_user'];
  }

  get found(): Preflight | null {
    return this.secret?.preflight ?? null;
  }

  get flight(): Flight | null {
    return this.desk.preflights.of(this.secretId);
  }

  get problem(): Problem | null {
    return this.desk.preflights.problemOf(this.secretId);
  }

  /** Whole seconds since it began. */
  get seconds(): number {
    return this.flight === null
      ? 0
      : Math.max(0, Math.floor((this.desk.clock.now - this.flight.since) / 1000));
  }

  readonly probes = $derived.by(() => probesInOrder(this.found?.probes ?? []));

  get open(): boolean {
    return this.shown ?? this.probes.some(({ verdict }) => verdict === 'denied');
  }

  toggle = (): void => {
    this.shown = !this.open;
  };

  /** The canary that is flying, or else the last one. */
  readonly steps = $derived.by<FlownStep[]>(() => {
    const { flight } = this;
    const { steps } = this.words;
    if (flight?.canary) {
      const at = ORDER.indexOf(stepOf(flight));
      const next = steps.findIndex((step) => ORDER.indexOf(step) >= at);
      const here = next < 0 ? steps.length - 1 : next;
      return steps.map((step, index) => ({
        step,
        state: index < here ? 'done' : index === here ? 'running' : 'waiting',
        problem: null,
      }));
    }
    const flown = this.found?.canary?.steps ?? [];
    return steps.map((step) => {
      const mine = flown.find((other) => other.step === step);
      return {
        step,
        state: mine === undefined ? 'waiting' : mine.problem ? 'failed' : 'done',
        problem: mine?.problem ?? null,
      };
    });
  });

  check = (): void => void this.desk.preflights.run(this.secretId, false);

  askToFly = (): void => {
    const { secret } = this;
    if (!secret || this.flight) return;
    const { draft, account_id, practice } = secret;
    this.desk.questions.ask({
      title: `Fly a canary for ${draft.name}?`,
      body: asked(draft, practice ? 'the practice account' : `the account ${account_id}`),
      action: 'Fly the canary',
      testid: 'canary-confirm',
      act: () => {
        void this.desk.preflights.run(this.secretId, true);
        return Promise.resolve();
      },
    });
  };
}

/** What is said before one is sent: what it makes, what becomes of it, what if that fails. */
function asked(draft: SecretDraft, where: string): string[] {
  switch (typeOf(draft)) {
    case 'iam_user':
      return [
        `It makes one IAM user under ${draft.iam_path} in ${where}, just as this secret says, with an access key whose secret is thrown away unseen.`,
        'Then it renews it, revokes it, and looks that nothing is left. That takes about half a minute.',
        'Should its revoke fail, it is a lease like any other: its guard ends it, and it is tried again until the user is gone.',
      ];
    case 'assumed_role':
      return [
        `It opens one session of ${draft.role_arn}, of 15 minutes, just as this secret says. Its key is thrown away unseen.`,
        'Then it puts the policy on the role that denies everything to this session, and to no other. Leasehold takes that off again once the session is over.',
      ];
    case 'federation_token':
      return [
        `It asks for one federation token in ${where}, of 15 minutes, just as this secret says. Its key is thrown away unseen.`,
        'Nothing ends such a session sooner; it ends by itself.',
      ];
  }
}
