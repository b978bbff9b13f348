// The form of a dynamic secret as data: how it begins, and what of it is sent.
import type { SecretDraft } from '../../api/types';

export function emptyDraft(environment: string): SecretDraft {
  return {
    name: '',
    environment,
    folder: '/',
    connection: '',
    default_ttl: '1h',
    max_ttl: '8h',
    region: 'us-east-1',
    credential_type: 'iam_user',
    role_arn: '',
    external_id: '',
    // The whole account, `/`, is allowed; a path of its own is what the managing key should be scoped to.
    iam_path: '/leases/',
    permission_boundary: '',
    groups: [],
    policy_arns: [],
    policy_documents: [''],
    username_template: '{{randomUsername}}',
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
  return {
    boxes,
    draft: {
      ...draft,
      policy_documents: draft.policy_documents.filter((text) => text.trim() !== ''),
      tags: draft.tags.filter((tag) => tag.key.trim() !== '' || tag.value.trim() !== ''),
    },
  };
}
