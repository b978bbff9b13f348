// What a comparison found, sorted by what it asks of a person.
import type { ConnectionProblem, Found, ReconcileReport, Standing } from '../../api/types';

/** A finished comparison, and what it was of. */
export interface Compared {
  report: ReconcileReport;
  /** By this computer's clock. */
  at: number;
  /** One connection, or all. */
  connection: string | null;
}

export type FoundKind = 'needs-you' | 'put-right' | 'ended' | 'unsure' | 'other';

const KIND_OF: Record<Standing, FoundKind> = {
  quarantined: 'needs-you',
  foreign: 'needs-you',
  drifted: 'needs-you',
  put_right: 'put-right',
  ledger_behind: 'put-right',
  gone: 'ended',
  not_seen: 'unsure',
  unknown: 'unsure',
  live: 'other',
};

const TITLES: [FoundKind, string][] = [
  ['needs-you', 'Needs you'],
  ['put-right', 'Put right'],
  ['ended', 'Gone in AWS'],
  ['unsure', 'Not sure yet; looked at again by itself'],
  ['other', 'Noted'],
];

const GRAVITY: Standing[] = ['quarantined', 'foreign', 'drifted'];

export interface KindOfFound {
  kind: FoundKind;
  title: string;
  found: Found[];
}

export function inKinds(found: readonly Found[]): KindOfFound[] {
  const gravity = (one: Found) => GRAVITY.indexOf(one.standing);
  return TITLES.map(([kind, title]) => ({
    kind,
    title,
    found: found
      .filter((one) => KIND_OF[one.standing] === kind)
      .sort((a, b) => gravity(a) - gravity(b)),
  })).filter((group) => group.found.length > 0);
}

/** `9 leases compared: 4 as recorded, 2 put right, 3 need you.` */
export function compareWords(report: ReconcileReport): string {
  const { looked_at, found } = report;
  if (looked_at === 0) {
    return report.problems.some((one) => !isAboutListing(one))
      ? 'No open lease could be compared'
      : 'No open lease to compare';
  }
  const count = (kind: FoundKind) => found.filter((one) => KIND_OF[one.standing] === kind).length;
  const needs = count('needs-you');
  const parts = [
    `${Math.max(0, looked_at - found.length)} as recorded`,
    [count('put-right'), 'put right'],
    [count('ended'), 'gone in AWS'],
    [count('unsure'), 'not sure yet'],
    [needs, needs === 1 ? 'needs you' : 'need you'],
  ].flatMap((part) => (typeof part === 'string' ? [part] : part[0] === 0 ? [] : [part.join(' ')]));
  return `${looked_at} ${looked_at === 1 ? 'lease' : 'leases'} compared: ${parts.join(', ')}`;
}

/** The optional permission is missing; nothing else is wrong. */
export const isAboutListing = ({ problem }: ConnectionProblem): boolean =>
  problem.code === 'aws_denied' && /iam:ListUsers/.test(`${problem.message} ${problem.hint ?? ''}`);
