// Enough of the engine's rules about methods and paths for the fake desktop to refuse what the engine would refuse.
import type { AuthMethodCheck, AuthMethodDraft, Capability, Problem } from '../../../api/types';
import { customSts } from '../../../words/access';

const refusal = (field: string, message: string, hint: string): Problem => ({
  code: 'invalid_input',
  message,
  hint,
  field,
});

/** `clip` of the engine. */
const clip = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most)}…` : text;

function arnProblem(arn: string): Problem | null {
  const shown = clip(arn, 100);
  const refuse = (rule: string, fix: string) => refusal('bound_arn', rule, fix);
  const parts = arn.split(':');
  if (parts[0] !== 'arn') {
    return refuse(
      `\`${shown}\` is not an ARN: that begins with arn:.`,
      'Write arn:aws:sts::123456789012:assumed-role/role-name/session-name, arn:aws:iam::123456789012:role/role-name or arn:aws:iam::123456789012:user/user-name.',
    );
  }
  const [, partition = '', service = '', region = '', account = '', resource = ''] = parts;
  if (parts.length === 5) {
    return refuse(
      `\`${shown}\` has five parts between colons and can never match: the region field before the account is missing. It is there and empty.`,
      `Write arn:${partition}:${service}::${region}:${account}.`,
    );
  }
  if (parts.length !== 6) {
    return refuse(
      `\`${shown}\` is not an ARN of a caller: that has six parts between colons, this has ${parts.length}.`,
      'Write the ARN of a role, of a role’s session or of a user.',
    );
  }
  if (region !== '') {
    return refuse(
      `\`${shown}\` names a region, and can never match: the ARNs of callers have an empty fourth part.`,
      `Write arn:${partition}:${service}::${account}:${resource}. To say in which regions the identity may be proved, put ${region} into the allowed STS regions.`,
    );
  }
  const [kind, ...rest] = resource.split('/');
  if (kind === 'role' && rest.length > 1) {
    return refuse(
      `\`${shown}\` has a role's path, and STS does not tell the path of the role that a caller took.`,
      `Write arn:${partition}:iam::${account}:role/${rest.at(-1) ?? ''}; a role's name exists once in an account, whatever its path.`,
    );
  }
  return null;
}

function nameProblem(field: string, what: string, text: string): Problem | null {
  if (text.startsWith('arn:')) {
    return refusal(
      field,
      `\`${clip(text, 80)}\` is an ARN; ${what} is given by its name.`,
      `Write ${text.split('/').at(-1) ?? ''}, or put the ARN into the bound ARNs.`,
    );
  }
  if (/[*?]/.test(text)) {
    return refusal(
      field,
      `\`${clip(text, 80)}\` has wildcards; ${what} is given in full.`,
      'Put a pattern into the bound ARNs, for example arn:aws:sts::123456789012:assumed-role/dev-*/*.',
    );
  }
  return null;
}

/** Names of methods: folders and a name of lower-case letters. */
const NAME = /^\/?(?:[a-z0-9][a-z0-9._-]*\/)*[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

export function checkMethod(
  draft: AuthMethodDraft,
  taken: (name: string) => boolean,
  now: number,
): AuthMethodCheck {
  const problems: Problem[] = [];
  const say = (found: Problem | null) => {
    if (found) problems.push(found);
  };
  if (!NAME.test(draft.name)) {
    say(
      refusal(
        'name',
        `\`${draft.name}\` is not a name: that has lower-case letters, digits, dots, hyphens and underscores.`,
        'Write it like /ci/dev-boxes.',
      ),
    );
  }
  if (draft.bound_aws_account_id.every((id) => id.trim() === '')) {
    say(
      refusal(
        'bound_aws_account_id',
        'Without an account id everybody with an AWS account could log in.',
        'Give at least one account id.',
      ),
    );
  }
  for (const id of draft.bound_aws_account_id.filter((text) => !/^\d{12}$/.test(text))) {
    say(
      refusal(
        'bound_aws_account_id',
        `\`${id}\` is not an account id: that has twelve digits.`,
        'Copy it from the AWS console, with its zeros.',
      ),
    );
  }
  for (const arn of draft.bound_arn) say(arnProblem(arn));
  for (const name of draft.bound_role_name) say(nameProblem('bound_role_name', 'a role', name));
  for (const name of draft.bound_user_name) say(nameProblem('bound_user_name', 'a user', name));
  for (const id of draft.bound_role_id.filter((text) => !/^AROA[A-Z0-9]+$/.test(text))) {
    say(
      refusal(
        'bound_role_id',
        `\`${id}\` is not the unique id of a role: that is AROA and capital letters and digits.`,
        'Copy it from `aws iam get-role --query Role.RoleId`.',
      ),
    );
  }
  for (const ip of draft.bound_ips.filter(
    (text) => text !== 'unix' && !/^[\d.:a-f]+(\/\d+)?$/.test(text),
  )) {
    say(
      refusal(
        'bound_ips',
        `\`${ip}\` is not an address or a CIDR block.`,
        'Write it like 10.0.0.0/8, or unix.',
      ),
    );
  }
  if (draft.access_expires > 0 && draft.access_expires * 1000 <= now) {
    say(refusal('access_expires', 'The expiry is in the past.', 'Choose a later moment, or none.'));
  }
  if (draft.access_expires === 0 && draft.expiration_event_in.length > 0) {
    say(
      refusal(
        'expiration_event_in',
        'There is no expiry to be told about.',
        'Set an expiry as well.',
      ),
    );
  }
  if (draft.jwt_ttl > 720) {
    say(
      refusal(
        'jwt_ttl',
        `A token lives at most 720 minutes here; this says ${draft.jwt_ttl}.`,
        'Write 720 or less, in minutes; 0 is 15.',
      ),
    );
  }
  const host = customSts(draft.sts_url);
  if (host !== null && draft.sts_url.startsWith('http:') && !draft.insecure_dev_sts) {
    say(
      refusal(
        'sts_url',
        'The STS endpoint is not reached by https.',
        'Write https://, or say that it is on this computer.',
      ),
    );
  }
  // Of what is refused nothing more is said.
  if (problems.length > 0) return { problems, notices: [], banner: null };
  if (taken(pathOfName(draft.name))) {
    say({
      code: 'name_taken',
      message: `There is an auth method ${pathOfName(draft.name)} already.`,
      hint: 'Choose another name or folder.',
      field: 'name',
    });
  }
  return { problems, notices: noticesOf(draft), banner: bannerOf(draft) };
}

export const bannerOf = (draft: AuthMethodDraft): string | null => {
  const host = customSts(draft.sts_url);
  return host === null
    ? null
    : `Identities are asserted by ${host}, not by AWS: whoever runs it can log in as anybody, and receives the session tokens of everybody who logs in.`;
};

export function noticesOf(draft: AuthMethodDraft): string[] {
  const notices: string[] = [];
  const banner = bannerOf(draft);
  if (banner) notices.push(banner);
  if (draft.gw_bound_ips.some((ip) => /^(127\.|::1|unix)/.test(ip))) {
    notices.push(
      'Every process on this computer is trusted to say where a call came from: loopback or the socket is among the trusted gateways.',
    );
  }
  for (const name of [...draft.bound_role_name, ...draft.bound_user_name]) {
    if (name.includes(',')) {
      notices.push(
        `\`${name}\` is one name with a comma in it. If several are meant, give each as an entry.`,
      );
    }
  }
  if (draft.bound_resource_id.length > 0) {
    notices.push(
      'Whoever may take a role chooses the session’s name, so a resource id proves something only where AWS chooses it, as for EC2.',
    );
  }
  const lists = [
    draft.bound_arn,
    draft.bound_role_name,
    draft.bound_role_id,
    draft.bound_resource_id,
    draft.bound_user_name,
    draft.bound_user_id,
  ];
  if (lists.every((list) => list.length === 0)) {
    notices.push(
      'Every user and every role of the bound accounts can log in; what they may do depends on the access roles alone.',
    );
  }
  return notices;
}

export const pathOfName = (name: string): string => `/${name.trim().replace(/^\/+/, '')}`;

export function ruleProblem(path: string, capabilities: readonly Capability[]): Problem | null {
  const text = path.startsWith('/') ? path : `/${path}`;
  if (text === '/') {
    return refusal(
      'path',
      'A path rule without a path reaches nothing.',
      'Write /environment/folder/*, or /* for everything.',
    );
  }
  if (text.endsWith('/')) {
    return refusal(
      'path',
      `\`${text}\` ends in a slash, and no secret is called that.`,
      `Write ${text}* for everything below it.`,
    );
  }
  if (text.includes('?')) {
    return refusal(
      'path',
      `\`${text}\` has a \`?\`, which is no wildcard of paths.`,
      'Use + for any characters inside one part, * for any at all.',
    );
  }
  if (capabilities.length === 0) {
    return refusal(
      'capability',
      'A rule without a capability grants nothing.',
      'Give list, read, update, delete or deny.',
    );
  }
  return null;
}

/** Whether a rule's path fits a secret's: yes, no, or it depends on a sub-claim. */
export function fits(pattern: string, path: string): boolean | string {
  const claim = /\{\{(\w+)\}\}/.exec(pattern)?.[1] ?? null;
  const source = pattern
    .split(/(\{\{\w+\}\}|\*|\+)/)
    .map((piece) =>
      piece === '*'
        ? '.*'
        : piece === '+'
          ? '[^/]+'
          : piece.startsWith('{{')
            ? '[^/]+'
            : piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('');
  const is = new RegExp(`^${source}$`).test(path);
  return is && claim !== null ? claim : is;
}
