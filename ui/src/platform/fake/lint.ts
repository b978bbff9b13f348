// A little of the engine's policy lint: enough marks, at their places, to see how the form shows them.
import type { PolicyMark, SecretDraft, Severity } from '../../api/types';

interface Rule {
  rule: string;
  find: RegExp;
  severity: Severity;
  message: (found: string) => string;
  hint: string | null;
}

const RULES: Rule[] = [
  {
    rule: 'outlives_lease',
    find: /"(?:iam:(?:CreateAccessKey|CreateUser|CreateLoginProfile|PassRole)|sts:AssumeRole|iam:\*|\*)"(?=\s*[,\]}]\s*)/g,
    severity: 'danger',
    message: (found) => `A leased user could outlive its lease: ${found}.`,
    hint: 'Take it out, or bound it by the permission boundary.',
  },
  {
    rule: 'all_resources',
    find: /(?<="Resource"\s*:\s*\[?\s*)"\*"/g,
    severity: 'warning',
    message: () => 'This is allowed on every resource of the account.',
    hint: 'Name the ARNs that are needed.',
  },
  {
    rule: 'unknown_key',
    find: /"(?:Efect|Actions|Resources|Principals)"(?=\s*:)/g,
    severity: 'warning',
    message: (found) => `${found} is not a key of a statement: AWS refuses the document.`,
    hint: 'Look at how it is written: Effect, Action, Resource.',
  },
  {
    rule: 'old_version',
    find: /"2008-10-17"/g,
    severity: 'info',
    message: () => 'This version of the language knows no policy variables.',
    hint: 'Write 2012-10-17.',
  },
];

export function marksOf(draft: SecretDraft): PolicyMark[] {
  return draft.policy_documents.flatMap((text, document) =>
    RULES.flatMap(({ rule, find, severity, message, hint }) =>
      [...text.matchAll(find)]
        .filter((match) => rule !== 'outlives_lease' || !isResource(text, match.index))
        .map((match) => {
          const lines = text.slice(0, match.index).split('\n');
          return {
            document,
            line: lines.length,
            column: (lines.at(-1)?.length ?? 0) + 1,
            severity,
            rule,
            message: message(match[0].replaceAll('"', '')),
            hint,
          };
        }),
    ),
  );
}

/** The star after `"Resource":` is another rule's. */
const isResource = (text: string, at: number): boolean =>
  /"Resource"\s*:\s*\[?\s*$/.test(text.slice(0, at));
