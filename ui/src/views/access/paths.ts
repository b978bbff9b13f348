// Where dynamic secrets stand for rules: `/environment/folder/name`.

/** The path of a dynamic secret, as rules see it. */
export function pathOfSecret(draft: { environment: string; folder: string; name: string }): string {
  const folder = draft.folder === '/' ? '' : draft.folder;
  return `/${draft.environment}${folder}/${draft.name}`;
}

/** Paths to begin a rule with: every folder of today with all below it, and every secret. */
export function suggestedPaths(
  drafts: readonly { environment: string; folder: string; name: string }[],
): string[] {
  const folders = drafts.flatMap(({ environment, folder }) => [
    `/${environment}/*`,
    ...(folder === '/' ? [] : [`/${environment}${folder}/*`]),
  ]);
  return [...new Set([...folders.sort(), ...drafts.map(pathOfSecret).sort()])];
}
