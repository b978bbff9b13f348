// What went wrong in the window, for whoever mends it. An access key id or anything as long as a secret is left out.

const KEY_ID = /\b(AKIA|ASIA|AIDA|AROA)[A-Z0-9]{8,}\b/g;
/** A secret access key has 40 characters, a session token more. */
const SECRET = /[A-Za-z0-9+/=]{40,}/g;

const cleaned = (text: string): string =>
  text.replaceAll(KEY_ID, '$1…').replaceAll(SECRET, '(left out)');

export function reportOf(error: unknown, version: string | undefined): string {
  const known = error instanceof Error ? error : new Error(String(error));
  return cleaned(
    [
      `Leasehold ${version ?? ''}`.trim(),
      `at ${location.hash || '#/'}`,
      navigator.userAgent,
      `${known.name}: ${known.message}`,
      ...(known.stack ?? '').split('\n').slice(0, 12),
    ].join('\n'),
  );
}
