// What rules about one dynamic secret come to together.
import type { Action, ClaimKey, WhoView } from '../../api/types';
import { CLAIM_WORDS } from '../../words/access';

const ORDER: readonly Action[] = ['list', 'issue', 'renew', 'revoke_own', 'revoke_other'];

export interface Reached {
  /** Allowed whoever it is. */
  actions: Action[];
  /** Allowed only to callers whose own sub-claim fits. */
  some: { actions: Action[]; claim: ClaimKey }[];
  /** Taken away from everybody, or from callers whose own sub-claim fits. */
  denied: 'all' | 'some' | 'none';
}

/** The ways of one role to one secret. What denies wins. */
export function reachedBy(ways: readonly WhoView[]): Reached {
  const denying = ways.filter(({ denies }) => denies);
  const giving = ways.filter(({ denies }) => !denies);
  const firm = new Set(
    giving.filter((way) => way.depends_on === null).flatMap((way) => way.actions),
  );
  return {
    denied: denying.some((way) => way.depends_on === null)
      ? 'all'
      : denying.length > 0
        ? 'some'
        : 'none',
    actions: ORDER.filter((action) => firm.has(action)),
    some: giving.flatMap(({ depends_on: claim, actions }) => (claim ? [{ claim, actions }] : [])),
  };
}

/** `whose role name is in the path` */
export const dependsWords = (claim: ClaimKey): string =>
  `if their ${CLAIM_WORDS[claim].toLowerCase()} fits`;
