// Whatever a command rejects with, as the one form the interface shows.
import type { Problem } from './types';

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Problem).code === 'string' &&
    typeof (value as Problem).message === 'string'
  );
}

/** The problem in a rejection; anything unforeseen becomes an `internal` one with its text. */
export function asProblem(rejection: unknown): Problem {
  if (isProblem(rejection)) {
    return { ...rejection, hint: rejection.hint ?? null, field: rejection.field ?? null };
  }
  const text = rejection instanceof Error ? rejection.message : String(rejection);
  return {
    code: 'internal',
    message: `The window and the engine misunderstood each other: ${text}`,
    hint: 'This is a defect. Restarting Leasehold is safe: leases end on time in any case.',
    field: null,
  };
}

/** The problem is about this field, or about one element of it (`tags[2]`, `tags.2.key`). */
export function isAbout(problem: Problem, field: string): boolean {
  const at = problem.field;
  if (at === null) return false;
  return at === field || at.startsWith(`${field}[`) || at.startsWith(`${field}.`);
}

/** The index in `policy_documents[1]` or `policy_documents.1`, or null. */
export function elementOf(problem: Problem, field: string): number | null {
  const rest = problem.field?.slice(field.length) ?? '';
  const index = /^[[.](\d+)/.exec(rest)?.[1];
  return index === undefined ? null : Number(index);
}
