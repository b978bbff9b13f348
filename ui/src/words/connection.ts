// A connection in few words: what stands behind it, how old its key is, what it needs of a person.
import type { ConnectionKind, ConnectionView, Problem } from '../api/types';
import { millis } from '../time/moment';

export const KIND_WORDS: Record<ConnectionKind, string> = {
  access_key: 'Access key',
  profile: 'AWS profile',
  role: 'Role',
  practice: 'Practice account',
};

const DAY_MS = 86_400_000;

/** Whole days since its managing key was put in; null where it has none. */
export function keyDays(connection: ConnectionView, now: number): number | null {
  if (connection.key_added_at === null) return null;
  return Math.max(0, Math.floor((now - millis(connection.key_added_at)) / DAY_MS));
}

/** It is older than a person wants keys to be; `limit` 0 is no wish. */
export function isOldKey(connection: ConnectionView, now: number, limit: number): boolean {
  const days = keyDays(connection, now);
  return limit > 0 && days !== null && days >= limit;
}

export const days = (count: number): string => (count === 1 ? '1 day' : `${count} days`);

/** It waits for a person: a log-in has ended, or a code is needed. */
export const needsPerson = (connection: ConnectionView): boolean =>
  connection.problem?.code === 'login_needed';

/** The command that mends it, as the engine writes it between backticks. */
export function commandIn(problem: Problem): string | null {
  return /`(aws [^`]+)`/.exec(problem.hint ?? '')?.[1] ?? null;
}

const PARTITIONS: [string, string, string][] = [
  ['cn-', 'aws-cn', 'AWS China'],
  ['us-gov-', 'aws-us-gov', 'AWS GovCloud (US)'],
  ['eusc-', 'aws-eusc', 'the AWS European Sovereign Cloud'],
];

/** The partition of a region as it is typed, and what it is called. */
export function partitionOf(region: string): { partition: string; name: string } {
  const typed = region.trim().toLowerCase();
  const found = PARTITIONS.find(([prefix]) => typed.startsWith(prefix));
  return found ? { partition: found[1], name: found[2] } : { partition: 'aws', name: 'AWS' };
}

/** What a region of another partition means; null for the usual one. */
export function partitionNote(region: string): string | undefined {
  const { partition, name } = partitionOf(region);
  return partition === 'aws'
    ? undefined
    : `A region of ${name}. Its accounts, keys and ARNs (arn:${partition}:…) are apart from all others.`;
}

const wrong = (field: string, message: string, hint: string): Problem => ({
  code: 'invalid_input',
  message,
  hint,
  field,
});

/** What can be said of an access key id before AWS is asked; nothing while it is being typed. */
export function keyIdProblem(typed: string): Problem | null {
  const id = typed.trim();
  if (id.startsWith('ASIA')) {
    return wrong(
      'access_key_id',
      'This is a temporary key: it ends within hours.',
      'Add the AWS profile or the role that it comes from.',
    );
  }
  if (id.length >= 4 && !id.startsWith('AKIA')) {
    return wrong(
      'access_key_id',
      'The access key id of an IAM user begins with AKIA.',
      'Copy the id, not the secret.',
    );
  }
  return null;
}

/** The same of a role's ARN; of a region, where one was typed. */
export function roleArnProblem(typed: string, region: string): Problem | null {
  const arn = typed.trim();
  if (arn === '') return null;
  const [, partition = ''] = arn.split(':');
  const whole = /^arn:[a-z-]+:iam::\d{12}:role\/.+/.test(arn);
  if (!whole && (arn.split(':').length > 5 || !'arn:'.startsWith(arn.slice(0, 4)))) {
    return wrong(
      'role_arn',
      'This is not the ARN of an IAM role.',
      'Write it like arn:aws:iam::123456789012:role/deployer.',
    );
  }
  if (whole && region.trim() !== '' && partitionOf(region).partition !== partition) {
    return wrong(
      'role_arn',
      `The role is in partition ${partition}, the region in ${partitionOf(region).partition}.`,
      'Choose a region of the role’s partition, or leave it empty.',
    );
  }
  return null;
}

/** A name for a connection, made of a profile's. */
export function nameFrom(profile: string): string {
  return profile
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 64);
}
