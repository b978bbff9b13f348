// A lease on its way: how long, for what, and each step as the engine reports it.
import { asProblem } from '../../api/problem';
import type { IssueStep, Preflight, Problem, SecretView } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { generateId } from '../../state/recents.svelte';
import { typeOf } from '../../words/draft';
import { cannotRevoke } from '../../words/preflight';
import { parseTtl, printTtl, spanWords } from '../../time/ttl';

const COMMON_SECONDS = [900, 3600, 4 * 3600, 8 * 3600, 86_400];
const STEPS: IssueStep[] = ['recorded', 'user_created', 'guarded'];
/** A session is one call: there is nothing between its record and its key. */
const SESSION_STEPS: IssueStep[] = ['recorded', 'guarded'];

/** A few spans to choose from: the default, what is common and allowed, the maximum. Shortest first. */
export function presetsFor(defaultTtl: string, maxTtl: string): { value: string; label: string }[] {
  const usual = parseTtl(defaultTtl);
  const most = parseTtl(maxTtl);
  const allowed = COMMON_SECONDS.filter((seconds) => most === null || seconds < most);
  const all = [...allowed, usual, most]
    .filter((seconds) => seconds !== null)
    .filter((seconds, index, every) => every.indexOf(seconds) === index);
  all.sort((a, b) => a - b);
  while (all.length > 5) {
    const spare = all.findIndex((seconds) => seconds !== usual && seconds !== most);
    all.splice(spare === -1 ? 0 : spare, 1);
  }
  return all.map((seconds) => ({ value: printTtl(seconds), label: spanWords(seconds) }));
}

export class GenerateModel {
  ttl = $state('');
  label = $state('');
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** Said by a person: issue although the last pre-flight says that it could not be revoked. */
  despite = $state(false);
  /** The last step that was reported; null before the first. */
  done = $state.raw<IssueStep | null>(null);

  constructor(
    private readonly desk: Desk,
    private readonly secretId: string,
  ) {
    const kept = desk.drafts.generate[secretId];
    this.ttl = kept?.ttl ?? this.secret?.draft.default_ttl ?? '1h';
    this.label = kept?.label ?? '';
  }

  get secret(): SecretView | null {
    return this.desk.ledger.secrets.value?.find(({ id }) => id === this.secretId) ?? null;
  }

  /** Its leases are sessions of AWS STS, which end by themselves. */
  get isSession(): boolean {
    return this.secret !== null && typeOf(this.secret.draft) !== 'iam_user';
  }

  get now(): number {
    return this.desk.clock.aws(this.secret?.clock_offset_ms ?? 0);
  }

  get presets() {
    const draft = this.secret?.draft;
    return draft ? presetsFor(draft.default_ttl, draft.max_ttl) : [];
  }

  /** When a lease of this length would end, were it issued now; null while the text is no span. */
  get until(): number | null {
    const seconds = parseTtl(this.ttl);
    return seconds === null ? null : this.now + seconds * 1000;
  }

  get tooLong(): boolean {
    const most = parseTtl(this.secret?.draft.max_ttl ?? '');
    const asked = parseTtl(this.ttl);
    return most !== null && asked !== null && asked > most;
  }

  /** The pre-flight that stands in the way of an ordinary issue. */
  get warned(): Preflight | null {
    const preflight = this.secret?.preflight ?? null;
    return cannotRevoke(preflight) ? preflight : null;
  }

  /** It needs a person's word, and has not got it. */
  get withheld(): boolean {
    return this.warned !== null && !this.despite;
  }

  get steps(): { step: IssueStep; state: 'done' | 'running' | 'waiting' }[] {
    const steps = this.isSession ? SESSION_STEPS : STEPS;
    const last = this.done === null ? -1 : steps.indexOf(this.done);
    return steps.map((step, index) => ({
      step,
      state: index <= last ? 'done' : index === last + 1 && this.busy ? 'running' : 'waiting',
    }));
  }

  submit = async (): Promise<void> => {
    if (this.busy || this.withheld) return;
    const { api, router, drafts } = this.desk;
    this.busy = true;
    this.problem = null;
    this.done = null;
    const requestId = crypto.randomUUID();
    const forget = this.desk.onEngine((event) => {
      if (event.kind === 'issue_progress' && event.request_id === requestId) {
        // "usable" comes after the answer, and is said where the key is.
        if (event.step !== 'usable') this.done = event.step;
      }
    });
    try {
      const lease = await api.createLease({
        secret_id: this.secretId,
        ttl: this.ttl.trim() || null,
        label: this.label.trim() || null,
        request_id: requestId,
        despite_preflight: this.warned !== null && this.despite,
      });
      drafts.generate[this.secretId] = undefined;
      this.desk.recents.use(generateId(this.secretId));
      const { sheet } = router;
      if (sheet?.sheet === 'generate' && sheet.secretId === this.secretId) router.close();
      // The desktop may have put the key's window behind another.
      this.desk.toasts.say('ok', `The key of ${lease.secret} is in a window of its own.`, null, {
        action: { label: 'Show it', act: () => void this.desk.showKey(lease.id) },
      });
    } catch (rejection) {
      this.problem = asProblem(rejection);
      // A look since this sheet was opened may have found that it could not be revoked.
      if (this.problem.code === 'refused') void this.desk.ledger.secrets.refresh();
      if (router.sheet?.sheet !== 'generate') {
        this.desk.toasts.say('danger', this.problem.message, this.problem.hint);
      }
    } finally {
      forget();
      this.busy = false;
    }
  };

  toSecret = (): void => {
    const { router } = this.desk;
    this.close();
    router.go({ screen: 'secret', id: this.secretId, tab: 'preflight' });
  };

  close = (): void => {
    if (!this.busy) {
      this.desk.drafts.generate[this.secretId] = { ttl: this.ttl, label: this.label };
    }
    this.desk.router.close();
  };
}
