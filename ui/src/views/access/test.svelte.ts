// Trying an identity on an auth method. A pasted cloud identity is as good as a password for some minutes: it is sent and
// forgotten, and never kept with what else was typed.
import { asProblem, isAbout } from '../../api/problem';
import type { Problem, TestView } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { pathOfSecret } from './paths';

export type TestWay = 'described' | 'pasted';

const FIELDS = [
  'id',
  'cloudIdentity',
  'cloud_identity',
  'arn',
  'uniqueId',
  'unique_id',
  'region',
  'client',
  'path',
];

export class TestModel {
  way = $state<TestWay>('described');
  method = $state('');
  cloudIdentity = $state('');
  arn = $state('');
  uniqueId = $state('');
  region = $state('us-east-1');
  client = $state('127.0.0.1');
  secretId = $state('');
  busy = $state(false);
  result = $state.raw<TestView | null>(null);
  problem = $state.raw<Problem | null>(null);
  refusals = $state(0);

  constructor(
    private readonly desk: Desk,
    methodId: string | undefined,
  ) {
    this.method = methodId ?? '';
    const handed = desk.testing;
    desk.testing = null;
    if (handed) {
      this.arn = handed.arn;
      this.uniqueId = handed.uniqueId;
    }
  }

  /** The one there is, while none was chosen. */
  get chosen(): string {
    const all = this.desk.access.methods.value ?? [];
    return all.some(({ access_id }) => access_id === this.method)
      ? this.method
      : (all[0]?.access_id ?? '');
  }

  get paths(): { value: string; label: string }[] {
    return (this.desk.ledger.secrets.value ?? [])
      .map(({ id, draft }) => ({ value: id, label: pathOfSecret(draft) }))
      .toSorted((a, b) => a.label.localeCompare(b.label));
  }

  problemsOf(...fields: string[]): Problem[] {
    const { problem } = this;
    return problem && fields.some((field) => isAbout(problem, field)) ? [problem] : [];
  }

  get failure(): Problem | null {
    return this.problem && !FIELDS.includes(this.problem.field ?? '') ? this.problem : null;
  }

  /** The pasted identity: after it was sent, and when the screen is left. */
  forget(): void {
    this.cloudIdentity = '';
  }

  run = async (): Promise<void> => {
    if (this.busy) return;
    this.problem = this.missing();
    if (this.problem) {
      this.refusals += 1;
      return;
    }
    this.busy = true;
    this.result = null;
    const path = this.paths.find(({ value }) => value === this.secretId)?.label ?? null;
    const from = { client: this.client.trim() || 'unix', path };
    const { api } = this.desk;
    try {
      if (this.way === 'pasted') {
        const token = this.cloudIdentity.trim();
        this.forget();
        this.result = await api.testIdentity(this.chosen, token, from);
      } else {
        const who = {
          arn: this.arn.trim(),
          uniqueId: this.uniqueId.trim(),
          region: this.region.trim() || 'us-east-1',
        };
        this.result = await api.imagineIdentity(this.chosen, who, from);
      }
    } catch (rejection) {
      this.problem = asProblem(rejection);
      this.refusals += 1;
    } finally {
      this.busy = false;
    }
  };

  private missing(): Problem | null {
    const needed = (field: string, hint: string): Problem => ({
      code: 'invalid_input',
      message: 'This is needed.',
      hint,
      field,
    });
    if (this.way === 'pasted' && this.cloudIdentity.trim() === '') {
      return needed('cloud_identity', 'Paste what leasehold get-cloud-identity prints.');
    }
    if (this.way === 'described' && this.arn.trim() === '') {
      return needed(
        'arn',
        'Write the ARN of a role, of a session or of a user, e.g. arn:aws:iam::123456789012:role/dev-box.',
      );
    }
    return null;
  }
}
