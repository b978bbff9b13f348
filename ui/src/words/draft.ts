// A dynamic secret in few words: what its leases may do, for how long.
import type { PolicyMark, SecretDraft } from '../api/types';
import { ttlWords } from '../time/ttl';

const lastPart = (arn: string) => arn.split('/').pop() ?? arn;

function counted(items: readonly string[], one: string, many: string): string | null {
  if (items.length === 0) return null;
  return items.length === 1 ? one : `${items.length} ${many}`;
}

/** What leases are. */
export type CredentialType = 'iam_user' | 'assumed_role' | 'federation_token';

/** Of a draft; nothing said is an IAM user. */
export const typeOf = (draft: SecretDraft): CredentialType =>
  draft.credential_type === 'assumed_role' || draft.credential_type === 'federation_token'
    ? draft.credential_type
    : 'iam_user';

export const TYPE_WORDS: Record<CredentialType, string> = {
  iam_user: 'AWS IAM user',
  assumed_role: 'AWS STS role session',
  federation_token: 'AWS STS federation token',
};

/** `2 policies, 1 inline, boundary` */
export function mayDo(draft: SecretDraft): string {
  const type = typeOf(draft);
  const limited = draft.policy_arns.length > 0 || draft.policy_documents.length > 0;
  if (type === 'assumed_role') {
    return `role ${lastPart(draft.role_arn)}${limited ? ', limited' : ''}`;
  }
  const parts = [
    counted(draft.policy_arns, lastPart(draft.policy_arns[0] ?? ''), 'policies'),
    draft.policy_documents.length > 0 ? `${draft.policy_documents.length} inline` : null,
    counted(draft.groups, `group ${draft.groups[0] ?? ''}`, 'groups'),
    draft.permission_boundary === '' ? null : 'boundary',
  ].filter((part) => part !== null);
  return parts.length > 0 ? parts.join(', ') : 'nothing yet';
}

/** `1 h, up to 8 h` */
export const lifeOf = (draft: SecretDraft): string =>
  `${ttlWords(draft.default_ttl)}, up to ${ttlWords(draft.max_ttl)}`;

/** `2 dangers, 1 warning` */
export function markCounts(marks: readonly PolicyMark[]): string {
  const words = {
    danger: ['danger', 'dangers'],
    warning: ['warning', 'warnings'],
    info: ['remark', 'remarks'],
  } as const;
  return (['danger', 'warning', 'info'] as const)
    .map((severity) => {
      const count = marks.filter((mark) => mark.severity === severity).length;
      return count === 0 ? null : `${count} ${words[severity][count === 1 ? 0 : 1]}`;
    })
    .filter((part) => part !== null)
    .join(', ');
}
