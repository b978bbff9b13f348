// A way from an auth method to a role while it is typed: who of the method's identities gets the role.
import { asProblem, isAbout } from '../../api/problem';
import type { ClaimKey, Problem } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';

export interface ClaimRow {
  claim: ClaimKey;
  value: string;
}

/** Claims that tell one identity of a method from another; the first that is not asked for yet is offered next. */
const OFFERED: readonly ClaimKey[] = ['role_name', 'resource_id', 'user_name', 'account_id'];

export class AssociateModel {
  role = $state('');
  method = $state('');
  rows = $state<ClaimRow[]>([]);
  caseSensitive = $state(true);
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);

  constructor(
    private readonly desk: Desk,
    /** What is given: the role on a role's page, the method on a method's. */
    readonly from: { role: string } | { method: string },
  ) {
    if ('role' in from) this.role = from.role;
    else this.method = from.method;
  }

  /** The method forces sub-claims, so that an association without any is refused. */
  get forced(): boolean {
    return this.desk.access.method(this.method)?.method.force_sub_claims ?? false;
  }

  /** The way that this one would take the place of. */
  get replaces(): boolean {
    const role = this.desk.access.role(this.role);
    return role?.associations.some((way) => way.access_id === this.method) ?? false;
  }

  add = (): void => {
    const taken = this.rows.map(({ claim }) => claim);
    const claim = OFFERED.find((one) => !taken.includes(one)) ?? 'client_ip';
    this.rows.push({ claim, value: '' });
  };

  remove(index: number): void {
    this.rows.splice(index, 1);
  }

  problemsOf(field: string): Problem[] {
    return this.problem && isAbout(this.problem, field) ? [this.problem] : [];
  }

  get failure(): Problem | null {
    const { problem } = this;
    const known = ['name', 'auth_method', 'sub_claims'];
    return problem && !known.some((field) => isAbout(problem, field)) ? problem : null;
  }

  submit = async (): Promise<boolean> => {
    if (this.busy) return false;
    this.problem = this.missing();
    if (this.problem) return false;
    this.busy = true;
    try {
      const subClaims = Object.fromEntries(
        this.rows.map(({ claim, value }) => [claim, value.trim()]),
      );
      await this.desk.api.associate(this.role, this.method, subClaims, this.caseSensitive);
      await Promise.all([this.desk.access.roles.refresh(), this.desk.access.methods.refresh()]);
      this.rows = [];
      this.caseSensitive = true;
      if ('role' in this.from) this.method = '';
      else this.role = '';
      return true;
    } catch (rejection) {
      this.problem = asProblem(rejection);
      return false;
    } finally {
      this.busy = false;
    }
  };

  private missing(): Problem | null {
    const needed = (message: string, hint: string, field: string): Problem => ({
      code: 'invalid_input',
      message,
      hint,
      field,
    });
    if (this.role === '') return needed('A role is needed.', 'Choose one.', 'name');
    if (this.method === '')
      return needed('An auth method is needed.', 'Choose one.', 'auth_method');
    const twice = this.rows.find(
      ({ claim }, index) => this.rows.findIndex((row) => row.claim === claim) !== index,
    );
    if (this.rows.some(({ value }) => value.trim() === '')) {
      return needed('A value is needed.', 'Write one, or * for any.', 'sub_claims');
    }
    return twice
      ? needed(
          `${twice.claim} is there twice.`,
          'Put its values together, with commas between them.',
          'sub_claims',
        )
      : null;
  }
}
