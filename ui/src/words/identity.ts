// A caller's ARN in few words: who it is before what it is called at AWS.

export type PrincipalKind = 'role' | 'user' | 'federated' | 'root' | 'other';

export interface Principal {
  kind: PrincipalKind;
  /** `dev-box`, `ada`; the whole text where it is not the ARN of a caller. */
  name: string;
  /** Of a role's session. */
  session: string | null;
  account: string | null;
}

const SSO = /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/;

/** What an ARN names, as `sts:GetCallerIdentity` gives them. */
export function principalOf(arn: string): Principal {
  const parts = arn.split(':');
  const [head, , , , account] = parts;
  const resource = parts.slice(5).join(':');
  if (head !== 'arn' || account === undefined || resource === '') {
    return { kind: 'other', name: arn, session: null, account: null };
  }
  const [kind = '', ...rest] = resource.split('/');
  const last = rest.at(-1) ?? '';
  switch (kind) {
    case 'assumed-role':
      return { kind: 'role', name: rest[0] ?? '', session: rest[1] ?? null, account };
    case 'role':
      return { kind: 'role', name: last, session: null, account };
    case 'user':
      return { kind: 'user', name: last, session: null, account };
    case 'federated-user':
      return { kind: 'federated', name: last, session: null, account };
    case 'root':
      return { kind: 'root', name: 'root', session: null, account };
    default:
      return { kind: 'other', name: resource, session: null, account };
  }
}

/** `dev-box`, or for a single sign-on role `Developer (single sign-on)`: its digits say nothing to a person. */
export function principalName({ kind, name }: Principal): string {
  if (kind === 'root') return 'the root user';
  const set = SSO.exec(name)?.[1];
  return set === undefined ? name : `${set} (single sign-on)`;
}

const KINDS: Record<PrincipalKind, string> = {
  role: 'role',
  user: 'user',
  federated: 'federated user',
  root: '',
  other: '',
};

/** `role dev-box, session i-0abc` */
export function principalWords(arn: string): string {
  const principal = principalOf(arn);
  const kind = KINDS[principal.kind];
  const name = principalName(principal);
  const session = principal.session === null ? '' : `, session ${principal.session}`;
  return `${kind === '' ? name : `${kind} ${name}`}${session}`;
}

/** Who asked for a lease: a part of Leasehold, or somebody at the gateway. */
export const isOutside = (requester: string): boolean => /^arn:/.test(requester);

/** The same where space is small: the name alone. */
export const requesterName = (requester: string): string =>
  isOutside(requester) ? principalName(principalOf(requester)) : requester;
