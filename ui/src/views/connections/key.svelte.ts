// A managing access key while it is typed. The secret half is forgotten as soon as it was sent or the form is left.
import { asProblem } from '../../api/problem';
import type { ConnectionView, Problem } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';

const FIELDS = ['name', 'access_key_id', 'secret_access_key', 'region', 'endpoint_url'];

export class KeyModel {
  name = $state('');
  accessKeyId = $state('');
  secret = $state('');
  region = $state('us-east-1');
  endpointUrl = $state('');
  busy = $state(false);
  private added = false;
  problem = $state.raw<Problem | null>(null);

  constructor(private readonly desk: Desk) {}

  /** What was typed the last time, but for the secret half. */
  takeUp(): void {
    const kept = this.desk.drafts.key;
    if (!kept) return;
    this.name = kept.name;
    this.accessKeyId = kept.accessKeyId;
    this.region = kept.region;
    this.endpointUrl = kept.endpointUrl;
  }

  /** Keeps what was typed when the sheet is left, and forgets the secret half. */
  putAside(): void {
    const { name, accessKeyId, region, endpointUrl } = this;
    const typed = [name, accessKeyId, endpointUrl].some((text) => text.trim() !== '');
    this.desk.drafts.key = typed && !this.added ? { name, accessKeyId, region, endpointUrl } : null;
    this.forget();
  }

  problemsOf(field: string): Problem[] {
    return this.problem?.field === field ? [this.problem] : [];
  }

  /** What belongs to none of the fields. */
  get failure(): Problem | null {
    return this.problem && !FIELDS.includes(this.problem.field ?? '') ? this.problem : null;
  }

  /** Verifies and adds it; null when it was refused, and `problem` says why. */
  async add(region = this.region): Promise<ConnectionView | null> {
    this.problem = this.missing();
    if (this.problem) return null;
    this.busy = true;
    try {
      const connection = await this.desk.api.addKey({
        name: this.name.trim(),
        access_key_id: this.accessKeyId.trim(),
        secret_access_key: this.secret.trim(),
        region: region.trim() || null,
        endpoint_url: this.endpointUrl.trim() || null,
      });
      this.added = true;
      this.forget();
      return connection;
    } catch (rejection) {
      this.problem = asProblem(rejection);
      return null;
    } finally {
      this.busy = false;
    }
  }

  forget(): void {
    this.secret = '';
  }

  private missing(): Problem | null {
    const needed: [string, string, string][] = [
      ['name', this.name, 'Give the connection a name, e.g. acme-dev.'],
      ['access_key_id', this.accessKeyId, 'Paste the access key id of the managing user.'],
      ['secret_access_key', this.secret, 'Paste the secret access key that belongs to the id.'],
    ];
    const first = needed.find(([, value]) => value.trim() === '');
    return first
      ? { code: 'invalid_input', message: 'This is needed.', hint: first[2], field: first[0] }
      : null;
  }
}
