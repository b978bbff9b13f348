// The form of a dynamic secret as data: how it begins, and what of it is sent.
import type { SecretDraft } from '../../api/types';
import { typeOf, type CredentialType } from '../../words/draft';

export function emptyDraft(environment: string, type: CredentialType = 'iam_user'): SecretDraft {
  const isUser = type === 'iam_user';
  return {
    name: '',
    environment,
    folder: '/',
    connection: '',
    default_ttl: '1h',
    // A role gives its sessions an hour unless somebody raised that.
    max_ttl: isUser ? '8h' : '1h',
    region: 'us-east-1',
    credential_type: type,
    role_arn: '',
    external_id: '',
    // The whole account, `/`, is allowed; a path of its own is what the managing key should be scoped to.
    iam_path: isUser ? '/leases/' : '',
    permission_boundary: '',
    groups: [],
    policy_arns: [],
    policy_documents: [''],
    username_template: isUser ? '{{randomUsername}}' : '',
    tags: [],
  };
}

/** The stored draft, with the empty document box that the form always offers. */
export function editable(draft: SecretDraft): SecretDraft {
  const copy = structuredClone(draft);
  if (copy.policy_documents.length === 0) copy.policy_documents.push('');
  return copy;
}

/** What the engine gets, and which box of the form each sent document stands in. */
export function sendable(draft: SecretDraft): { draft: SecretDraft; boxes: number[] } {
  const boxes = draft.policy_documents
    .map((text, index) => (text.trim() === '' ? -1 : index))
    .filter((index) => index >= 0);
  const isUser = typeOf(draft) === 'iam_user';
  const isRole = typeOf(draft) === 'assumed_role';
  return {
    boxes,
    draft: {
      ...draft,
      role_arn: isRole ? draft.role_arn : '',
      external_id: isRole ? draft.external_id : '',
      iam_path: isUser ? draft.iam_path : '',
      permission_boundary: isUser ? draft.permission_boundary : '',
      groups: isUser ? draft.groups : [],
      username_template: isUser ? draft.username_template : '',
      policy_documents: draft.policy_documents.filter((text) => text.trim() !== ''),
      tags: draft.tags.filter((tag) => tag.key.trim() !== '' || tag.value.trim() !== ''),
    },
  };
}
