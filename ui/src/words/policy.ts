// Statements to add to a managing user's policy: what a person copies into the IAM console.
import type { LeaseView } from '../api/types';

const statement = (sid: string, action: string, resource: string): string =>
  JSON.stringify({ Sid: sid, Effect: 'Allow', Action: action, Resource: resource }, null, 2);

/** Allows an action on the users under a lease's path. */
export function missingFor(lease: LeaseView, action: string): string {
  const resource = `arn:${lease.partition}:iam::${lease.account_id}:user${lease.iam_path}*`;
  return statement('LeaseholdCleanUp', action, resource);
}

/** The statement that a hint ends with, indented; null where it has none. */
export function statementIn(hint: string | null): string | null {
  const text = /\{.*\}/s.exec(hint ?? '')?.[0];
  if (text === undefined) return null;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}
