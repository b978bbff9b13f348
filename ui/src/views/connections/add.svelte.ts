// A new connection while it is typed: by key, by a profile of the AWS configuration, by a role.
import { asProblem } from '../../api/problem';
import type { AwsProfileView, ConnectionView, Problem } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { Loaded } from '../../state/loaded.svelte';
import type { RoleStart } from '../../state/router.svelte';
import { nameFrom } from '../../words/connection';
import { KeyModel } from './key.svelte';

export type AddKind = 'key' | 'profile' | 'role';

const FIELDS: Record<Exclude<AddKind, 'key'>, string[]> = {
  profile: ['name', 'profile', 'region', 'endpoint_url'],
  role: [
    'name',
    'role_arn',
    'from',
    'external_id',
    'mfa_serial',
    'session_name',
    'duration',
    'region',
    'endpoint_url',
  ],
};

const filled = (text: string): string | null => text.trim() || null;

export class AddModel {
  kind = $state<AddKind>('key');
  readonly key: KeyModel;
  readonly profiles: Loaded<AwsProfileView[]>;
  name = $state('');
  region = $state('');
  endpointUrl = $state('');
  profile = $state('');
  roleArn = $state('');
  /** `c:name` of a connection, `p:name` of a profile. */
  from = $state('');
  externalId = $state('');
  mfaSerial = $state('');
  sessionName = $state('');
  duration = $state('');
  working = $state(false);
  problem = $state.raw<Problem | null>(null);

  constructor(
    private readonly desk: Desk,
    role: RoleStart | null,
  ) {
    this.key = new KeyModel(desk);
    this.profiles = new Loaded(() => desk.api.profiles());
    if (role) this.take(role);
  }

  get busy(): boolean {
    return this.working || this.key.busy;
  }

  /** Where a role can be assumed from. */
  get sources(): { value: string; label: string; disabled?: boolean }[] {
    const connections = (this.desk.ledger.connections.value ?? [])
      .filter(({ practice }) => !practice)
      .map(({ name }) => ({ value: `c:${name}`, label: `Connection ${name}` }));
    const profiles = (this.profiles.value ?? [])
      .filter(({ problem }) => problem === null)
      .map(({ name }) => ({ value: `p:${name}`, label: `Profile ${name}` }));
    const typed = this.from;
    const all = [...connections, ...profiles];
    const known = typed === '' || all.some(({ value }) => value === typed);
    return [
      { value: '', label: 'Choose…', disabled: true },
      ...(known ? [] : [{ value: typed, label: `Profile ${typed.slice(2)}` }]),
      ...all,
    ];
  }

  /** Another kind keeps the name that was typed. */
  choose(kind: AddKind): void {
    if (this.kind === 'key') this.name ||= this.key.name;
    else if (kind === 'key') this.key.name ||= this.name;
    this.kind = kind;
    this.problem = null;
    if (kind !== 'key') void this.profiles.refresh();
  }

  /** A role that a profile asks an MFA code for, or one that was named elsewhere. */
  take({ roleArn, fromProfile, mfaSerial }: RoleStart): void {
    this.roleArn = roleArn;
    this.mfaSerial = mfaSerial;
    this.from = fromProfile ? `p:${fromProfile}` : '';
    this.choose('role');
  }

  pick(profile: AwsProfileView): void {
    const own = this.name === '' || this.name === nameFrom(this.profile);
    this.profile = profile.name;
    if (own) this.name = nameFrom(profile.name);
    this.problem = null;
  }

  problemsOf(field: string): Problem[] {
    return this.problem?.field === field ? [this.problem] : [];
  }

  /** What belongs to none of the fields. */
  get failure(): Problem | null {
    if (this.kind === 'key') return null;
    const at = this.problem?.field ?? '';
    return this.problem && !FIELDS[this.kind].includes(at) ? this.problem : null;
  }

  /** Verifies and adds it; null when it was refused, and `problem` says why. */
  async add(): Promise<ConnectionView | null> {
    if (this.kind === 'key') return this.key.add();
    this.problem = this.missing();
    if (this.problem) return null;
    this.working = true;
    try {
      return this.kind === 'profile' ? await this.addProfile() : await this.addRole();
    } catch (rejection) {
      this.problem = asProblem(rejection);
      return null;
    } finally {
      this.working = false;
    }
  }

  private addProfile(): Promise<ConnectionView> {
    return this.desk.api.addProfile({
      name: this.name.trim(),
      profile: this.profile,
      region: filled(this.region),
      endpoint_url: filled(this.endpointUrl),
    });
  }

  private addRole(): Promise<ConnectionView> {
    const [kind, source] = [this.from.slice(0, 2), this.from.slice(2)];
    return this.desk.api.addRole({
      name: this.name.trim(),
      role_arn: this.roleArn.trim(),
      from_connection: kind === 'c:' ? source : null,
      from_profile: kind === 'p:' ? source : null,
      external_id: filled(this.externalId),
      mfa_serial: filled(this.mfaSerial),
      session_name: filled(this.sessionName),
      duration: filled(this.duration),
      region: filled(this.region),
      endpoint_url: filled(this.endpointUrl),
    });
  }

  private missing(): Problem | null {
    const name: [string, string, string] = [
      'name',
      this.name,
      'Give the connection a name, e.g. acme-dev.',
    ];
    const needed: [string, string, string][] =
      this.kind === 'profile'
        ? [['profile', this.profile, 'Choose one of the profiles.'], name]
        : [
            name,
            ['role_arn', this.roleArn, 'Paste the ARN of the role.'],
            ['from', this.from, 'Choose the connection or profile that may assume it.'],
          ];
    const first = needed.find(([, value]) => value.trim() === '');
    return first
      ? { code: 'invalid_input', message: 'This is needed.', hint: first[2], field: first[0] }
      : null;
  }
}
