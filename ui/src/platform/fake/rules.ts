// Enough of the engine's rules for the fake desktop to refuse what the engine would refuse. The engine's own are in Rust.
import type { BudgetView, DraftCheck, Problem, SecretDraft } from '../../api/types';
import { parseTtl, ttlWords } from '../../time/ttl';
import { marksOf } from './lint';

const MINUTE = 60;
const TEN_YEARS = 10 * 365 * 86_400;
const GUARDS = 716;
const LIMIT = 2048;

export function problem(
  code: Problem['code'],
  message: string,
  hint: string | null = null,
  field: string | null = null,
): Problem {
  return { code, message, hint, field };
}

const refusal = (field: string, rule: string, fix: string) =>
  problem('invalid_input', rule, fix, field);

/** Commas, spaces and new lines divide; blanks and repetitions go. */
export function splitList(items: string[]): string[] {
  return [...new Set(items.flatMap((item) => item.split(/[\s,]+/)).filter((item) => item !== ''))];
}

const isUser = (draft: SecretDraft) =>
  draft.credential_type === '' || draft.credential_type === 'iam_user';

export function normalised(draft: SecretDraft): SecretDraft {
  return {
    ...draft,
    name: draft.name.trim(),
    folder: draft.folder.trim() === '' ? '/' : draft.folder.trim(),
    iam_path: draft.iam_path.trim() === '' && isUser(draft) ? '/' : draft.iam_path.trim(),
    region: draft.region.trim() === '' ? 'us-east-1' : draft.region.trim(),
    permission_boundary: draft.permission_boundary.trim(),
    groups: splitList(draft.groups),
    policy_arns: splitList(draft.policy_arns),
    policy_documents: draft.policy_documents.filter((text) => text.trim() !== ''),
    tags: draft.tags.filter((tag) => tag.key.trim() !== '' || tag.value.trim() !== ''),
  };
}

export function ttlProblem(field: string, text: string): Problem | null {
  const seconds = parseTtl(text);
  if (seconds === null) {
    return refusal(
      field,
      `“${text}” is not a span of time.`,
      'Write a number with a unit, e.g. 1h30m.',
    );
  }
  if (seconds < MINUTE)
    return refusal(field, 'A lease lasts at least 1 minute.', 'Write 1m or more.');
  if (seconds > TEN_YEARS) {
    return refusal(field, 'A lease lasts at most 10 years.', 'Write 10y or less.');
  }
  return null;
}

function documentProblem(text: string, index: number): Problem | null {
  const field = `policy_documents[${index}]`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return refusal(
      field,
      'The policy document is not JSON.',
      'Look for a missing quote, comma or brace.',
    );
  }
  const statement = (parsed as { Statement?: unknown } | null)?.Statement;
  if (statement === undefined || statement === null) {
    return refusal(field, 'The policy document has no Statement.', 'Add "Statement": [ … ].');
  }
  return null;
}

function sizeOf(text: string): number {
  try {
    return JSON.stringify(JSON.parse(text)).length;
  } catch {
    return text.replace(/\s+/g, '').length;
  }
}

function budget(draft: SecretDraft): BudgetView {
  const documents = draft.policy_documents.reduce((sum, text) => sum + sizeOf(text), 0);
  return { documents, guards: isUser(draft) ? GUARDS : 0, limit: LIMIT };
}

function problemsOf(draft: SecretDraft, taken: (draft: SecretDraft) => boolean): Problem[] {
  const found: (Problem | null)[] = [];
  if (!/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/.test(draft.name)) {
    found.push(
      refusal(
        'name',
        'A name has 1 to 64 lower-case letters, digits and hyphens.',
        'Write it like s3-upload.',
      ),
    );
  } else if (taken(draft)) {
    found.push(
      problem(
        'name_taken',
        `There is a dynamic secret ${draft.name} in ${draft.folder} already.`,
        'Choose another name or folder.',
        'name',
      ),
    );
  }
  if (!draft.folder.startsWith('/')) {
    found.push(refusal('folder', 'A folder begins with a slash.', `Write /${draft.folder}.`));
  }
  if (draft.connection === '') {
    found.push(
      refusal('connection', 'A connection is needed.', 'Choose one, or add one with a key.'),
    );
  }
  const defaultTtl = ttlProblem('default_ttl', draft.default_ttl);
  const maxTtl = ttlProblem('max_ttl', draft.max_ttl);
  found.push(defaultTtl, maxTtl);
  if (!defaultTtl && !maxTtl) {
    const most = parseTtl(draft.max_ttl) ?? 0;
    if ((parseTtl(draft.default_ttl) ?? 0) > most) {
      found.push(
        refusal(
          'default_ttl',
          'The default TTL is longer than the maximum.',
          `Write ${draft.max_ttl} or less, or raise the maximum.`,
        ),
      );
    }
  }
  if (!isUser(draft)) found.push(...sessionProblems(draft));
  else if (!/^\/(?:[\x21-\x7e]+\/)?$/.test(draft.iam_path)) {
    found.push(
      refusal(
        'iam_path',
        'An IAM path begins and ends with a slash.',
        `Write /${draft.iam_path.replace(/^\/+|\/+$/g, '')}/.`,
      ),
    );
  }
  const boundary = draft.permission_boundary;
  if (boundary !== '' && !/^arn:aws[\w-]*:iam::(?:\d{12}|aws):policy\/.+/.test(boundary)) {
    found.push(
      refusal(
        'permission_boundary',
        'This is not the ARN of a managed policy.',
        'Write it like arn:aws:iam::123456789012:policy/lease-boundary.',
      ),
    );
  }
  for (const arn of draft.policy_arns) {
    if (!/^arn:aws[\w-]*:iam::(?:\d{12}|aws):policy\/.+/.test(arn)) {
      found.push(
        refusal(
          'policy_arns',
          `“${arn}” is not the ARN of a managed policy.`,
          'Write it like arn:aws:iam::aws:policy/ReadOnlyAccess.',
        ),
      );
    }
  }
  if (draft.policy_arns.length > 10) {
    found.push(
      refusal(
        'policy_arns',
        'A user carries at most 10 managed policies.',
        'Join some into one policy.',
      ),
    );
  }
  if (draft.groups.length > 10) {
    found.push(refusal('groups', 'A user joins at most 10 groups.', 'Remove some groups.'));
  }
  found.push(...draft.policy_documents.map(documentProblem));
  const size = budget(draft);
  if (size.documents + size.guards > size.limit) {
    found.push(
      refusal(
        'policy_documents',
        `The inline policies have ${size.documents} characters; ${size.limit - size.guards} are left beside the guards.`,
        'Shorten them, or move statements into a managed policy.',
      ),
    );
  }
  if (isUser(draft) && !/\{\{\s*random/.test(draft.username_template)) {
    found.push(
      refusal(
        'username_template',
        'Two leases could get the same user name.',
        'Put {{randomUsername}} or {{random 20}} into the template.',
      ),
    );
  }
  return found.filter((item) => item !== null);
}

/** AWS's own limits of sessions. */
function sessionProblems(draft: SecretDraft): Problem[] {
  const found: Problem[] = [];
  const isRole = draft.credential_type === 'assumed_role';
  if (isRole && !/^arn:aws[\w-]*:iam::\d{12}:role\/.+/.test(draft.role_arn)) {
    found.push(
      refusal(
        'role_arn',
        'This is not the ARN of a role.',
        'Write it like arn:aws:iam::123456789012:role/deploy.',
      ),
    );
  }
  const most = isRole ? 12 : 36;
  for (const field of ['default_ttl', 'max_ttl'] as const) {
    const seconds = parseTtl(draft[field]);
    if (seconds === null || (seconds >= 900 && seconds <= most * 3600)) continue;
    found.push(
      refusal(
        field,
        `AWS gives such a session 15 minutes to ${most} hours.`,
        seconds < 900 ? 'Write 15m or more.' : `Write ${most}h or less.`,
      ),
    );
  }
  const unlimited = draft.policy_arns.length === 0 && draft.policy_documents.length === 0;
  if (!isRole && unlimited) {
    found.push(
      refusal(
        'policy_arns',
        'A federation token without a session policy may do nothing.',
        'Name a managed policy, or write one.',
      ),
    );
  }
  return found;
}

function warningsOf(draft: SecretDraft): Problem[] {
  const found: Problem[] = [];
  if (!isUser(draft)) return found;
  if (draft.permission_boundary === '') {
    found.push(
      problem(
        'refused',
        'Without a permission boundary nothing but its own policies limits the user.',
        'Name a boundary policy if your account has one.',
        'permission_boundary',
      ),
    );
  }
  if (draft.iam_path === '/') {
    found.push(
      problem(
        'refused',
        'At the path / the managing key needs rights over every user of the account.',
        'Scope it, e.g. /leases/.',
        'iam_path',
      ),
    );
  }
  return found;
}

function summaryOf(draft: SecretDraft): string[] {
  if (!isUser(draft)) {
    return [
      draft.credential_type === 'assumed_role'
        ? `Every lease is a session of ${draft.role_arn.split('/').pop() || 'the role'}, for ${ttlWords(draft.default_ttl)} unless another TTL is chosen`
        : `Every lease is a federation token, for ${ttlWords(draft.default_ttl)} unless another TTL is chosen`,
      'AWS ends it by itself. It is not renewed',
    ];
  }
  const sentences: string[] = [];
  for (const arn of draft.policy_arns) sentences.push(`Whatever ${arn.split('/').pop()} allows`);
  if (draft.policy_documents.length > 0) {
    const count = draft.policy_documents.length;
    sentences.push(`What ${count} inline ${count === 1 ? 'document allows' : 'documents allow'}`);
  }
  for (const group of draft.groups) sentences.push(`Whatever the group ${group} may do`);
  if (sentences.length === 0) sentences.push('Nothing yet: no policy, no group');
  sentences.push(
    draft.permission_boundary === ''
      ? 'No permission boundary'
      : `Never more than ${draft.permission_boundary.split('/').pop()}`,
  );
  sentences.push(
    `Ends after ${ttlWords(draft.default_ttl)}, renewable up to ${ttlWords(draft.max_ttl)}`,
  );
  return sentences;
}

export function exampleName(draft: SecretDraft, random: string): string {
  return draft.username_template
    .replace(/\{\{\s*randomUsername\s*\}\}/g, `lh-${draft.name || 'secret'}-${random.slice(0, 10)}`)
    .replace(/\{\{\s*secret\.name\s*\}\}/g, draft.name || 'secret')
    .replace(/\{\{\s*identity\.name\s*\}\}/g, 'window')
    .replace(/\{\{\s*unixTimestamp\s*\}\}/g, '1795617600')
    .replace(/\{\{\s*random(?:\s+(\d+))?\s*\}\}/g, (_, count: string | undefined) =>
      random.slice(0, Number(count ?? 20)),
    );
}

export function checkDraft(typed: SecretDraft, taken: (draft: SecretDraft) => boolean): DraftCheck {
  const draft = normalised(typed);
  const problems = problemsOf(draft, taken);
  return {
    problems,
    warnings: warningsOf(draft),
    marks: marksOf(draft),
    budget: budget(draft),
    user_name_example:
      !isUser(draft) || problems.some((item) => item.field === 'username_template')
        ? null
        : exampleName(draft, '7Kq2vXbD1mPz93TeWc04'),
    summary: summaryOf(draft),
  };
}
