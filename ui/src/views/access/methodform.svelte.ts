// The form of an auth method at work: what was typed, what the engine says of it meanwhile, and sending it.
import { SvelteSet } from 'svelte/reactivity';
import { asProblem, isAbout } from '../../api/problem';
import type { AuthMethodCheck, AuthMethodDraft, AuthMethodView, Problem } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { absolute } from '../../time/moment';
import { parseTtl, printTtl } from '../../time/ttl';
import { correctedIn, entryOf, methodSummary, regionIn, splitName } from '../../words/access';
import { emptyMethod, localMoment } from './draft';

/** How long typing rests before the engine is asked. */
export const CHECK_AFTER_MS = 150;

/** The lists of the form whose entries are texts. */
export type ListName = {
  [K in keyof AuthMethodDraft]: AuthMethodDraft[K] extends string[] ? K : never;
}[keyof AuthMethodDraft];

/** Lists of names, which IAM lets have commas. */
const NAMES: readonly ListName[] = ['bound_role_name', 'bound_user_name', 'bound_resource_id'];
/** What is still being typed may end in one. */
const hasComma = (name: string): boolean => /,./.test(name);

const wrong = (field: string, message: string, hint: string): Problem => ({
  code: 'invalid_input',
  message,
  hint,
  field,
});

export class MethodFormModel {
  draft = $state<AuthMethodDraft>(emptyMethod());
  /** As its field has it; empty is never. */
  expires = $state('');
  /** Days before the expiry, as typed. */
  days = $state<string[]>([]);
  /** How long a login lasts, as typed; empty is what is usual here. */
  ttl = $state('');
  check = $state.raw<AuthMethodCheck | null>(null);
  busy = $state(false);
  /** What went wrong and belongs to no field. */
  failure = $state.raw<Problem | null>(null);
  /** Counts attempts that were refused: the view puts the focus on the first refused field. */
  refusals = $state(0);
  /** Changes of before, that were not saved, stand in it again. */
  takenUp = $state(false);

  private readonly touched = new SvelteSet<string>();
  /** Fields that were left, and looked at by the engine since: what it said before is about something else. */
  private readonly due = new SvelteSet<string>();
  private checked = '';
  private attempted = $state(false);
  private refused = $state.raw<Problem[]>([]);
  private begun = '';
  private asked = 0;
  private sent = false;
  private resumed = false;

  constructor(
    private readonly desk: Desk,
    /** The method being edited, or null for a new one. */
    readonly original: AuthMethodView | null,
  ) {
    const kept = original
      ? desk.drafts.methodEdits[original.access_id]
      : (desk.drafts.method ?? undefined);
    this.fill(kept ?? original?.method ?? emptyMethod());
    this.takenUp = original !== null && kept !== undefined;
    this.resumed = original === null && kept !== undefined;
    this.begun = JSON.stringify(this.takenUp && original ? original.method : this.sendable());
    if (this.resumed) this.begun = '';
  }

  private fill(draft: AuthMethodDraft): void {
    this.draft = structuredClone(draft);
    this.expires = localMoment(draft.access_expires);
    this.days = draft.expiration_event_in.map(String);
    this.ttl = draft.jwt_ttl === 0 ? '' : printTtl(draft.jwt_ttl * 60);
  }

  /** What the engine gets. */
  sendable(): AuthMethodDraft {
    const typed = $state.snapshot(this.draft);
    const at = Date.parse(this.expires);
    // The field knows minutes: a moment that was not touched keeps its seconds.
    const same =
      this.original !== null && this.expires === localMoment(this.original.method.access_expires);
    const kept = this.original?.method.access_expires ?? 0;
    return {
      ...typed,
      name: typed.name.trim(),
      access_expires: same ? kept : Number.isNaN(at) ? 0 : Math.floor(at / 1000),
      expiration_event_in: this.days.map(Number).filter((days) => Number.isInteger(days)),
      jwt_ttl: Math.floor((parseTtl(this.ttl) ?? 0) / 60),
    };
  }

  get isChanged(): boolean {
    return this.takenUp || this.begun !== JSON.stringify(this.sendable());
  }

  /** Back to how the method is. */
  startOver = (): void => {
    if (!this.original) return;
    this.desk.drafts.methodEdits[this.original.access_id] = undefined;
    this.fill(this.original.method);
    this.takenUp = false;
    this.begun = JSON.stringify(this.sendable());
  };

  /** Where it will stand: folders are made on the way. */
  get place(): { folder: string; name: string } {
    return splitName(this.draft.name);
  }

  /** Who may log in, from where, until when. */
  get summary(): string[] {
    const now = this.desk.clock.now;
    return methodSummary(this.sendable(), (at) => absolute(at, now));
  }

  /** What is valid and may still surprise; what stands as a banner or at its field is not said twice. */
  get notices(): string[] {
    const atField = NAMES.flatMap((field) => this.warningsOf(field)).map(({ message }) => message);
    return (this.check?.notices ?? []).filter(
      (notice) =>
        notice !== this.check?.banner && atField.every((message) => !notice.startsWith(message)),
    );
  }

  touch(field: string): void {
    this.touched.add(field);
    if (this.checked === JSON.stringify(this.sendable())) this.due.add(field);
  }

  /** What is wrong with a field, once its turn has come: after it was left, or after an attempt to send. */
  problemsOf(field: string): Problem[] {
    if (!this.attempted && !this.due.has(field)) return [];
    return this.problems.filter((problem) => isAbout(problem, field));
  }

  /** The entries of a list that something is wrong with. */
  wrongOf(field: ListName): string[] {
    return this.problemsOf(field).flatMap((problem) => entryOf(problem, this.draft[field]) ?? []);
  }

  /** Names in which a comma stands: it may be meant, and often is not. */
  warningsOf(field: ListName): Problem[] {
    if (!NAMES.includes(field)) return [];
    return this.draft[field].filter(hasComma).map((name) => ({
      code: 'invalid_input',
      message: `\`${name}\` is one name with a comma in it.`,
      hint: 'If several are meant, give each as an entry.',
      field,
    }));
  }

  /** Makes several entries of one that has commas. */
  divide(field: ListName, problem: Problem): void {
    const entry = entryOf(problem, this.draft[field]);
    this.draft[field] = this.draft[field]
      .flatMap((name) => (name === entry ? name.split(',').filter((part) => part !== '') : [name]))
      .filter((name, index, all) => all.indexOf(name) === index);
  }

  /** The ARN that was probably meant in place of a refused one. */
  correctionOf(problem: Problem): string | null {
    const entry = entryOf(problem, this.draft.bound_arn);
    return entry === null ? null : correctedIn(problem.hint);
  }

  /** Puts what was meant in place of what was typed, and a region that was named in it where regions go. */
  correct(problem: Problem): void {
    const entry = entryOf(problem, this.draft.bound_arn);
    const right = correctedIn(problem.hint);
    if (entry === null || right === null) return;
    this.draft.bound_arn = this.draft.bound_arn
      .map((arn) => (arn === entry ? right : arn))
      .filter((arn, index, all) => all.indexOf(arn) === index);
    const region = regionIn(problem.hint);
    if (region !== null && !this.draft.bound_sts_region.includes(region)) {
      this.draft.bound_sts_region.push(region);
    }
    this.due.add('bound_arn');
  }

  /** What the engine cannot see, as it is no moment, number or span yet. */
  private get mistyped(): Problem[] {
    const found: Problem[] = [];
    if (this.expires !== '' && Number.isNaN(Date.parse(this.expires))) {
      found.push(
        wrong('access_expires', 'This is not a date and a time.', 'Write both, or leave both out.'),
      );
    }
    if (this.days.some((days) => !/^\d+$/.test(days))) {
      found.push(
        wrong('expiration_event_in', 'Days are whole numbers.', 'Write days, for example 7.'),
      );
    }
    const seconds = parseTtl(this.ttl);
    if (this.ttl.trim() !== '' && (seconds === null || seconds < 60 || seconds % 60 !== 0)) {
      found.push(
        wrong('jwt_ttl', 'This is not a span of whole minutes.', 'Write it like 15m or 1h30m.'),
      );
    }
    return found;
  }

  private get problems(): Problem[] {
    return [...this.mistyped, ...(this.check?.problems ?? []), ...this.refused];
  }

  /** Reads everything that was typed, so that an effect runs again when any of it changes; asks when typing rests. */
  watch(): () => void {
    const typed = this.sendable();
    const timer = setTimeout(() => void this.ask(typed), CHECK_AFTER_MS);
    return () => clearTimeout(timer);
  }

  private async ask(typed: AuthMethodDraft): Promise<void> {
    this.asked += 1;
    const turn = this.asked;
    try {
      const check = await this.desk.api.checkMethod(typed, this.original?.access_id ?? null);
      // A slower answer to an older question says nothing about what stands there now.
      if (turn !== this.asked) return;
      this.check = check;
      this.checked = JSON.stringify(typed);
      for (const field of this.touched) this.due.add(field);
      this.refused = [];
      this.failure = null;
    } catch (rejection) {
      if (turn === this.asked) this.failure = asProblem(rejection);
    }
  }

  submit = async (): Promise<void> => {
    if (this.busy) return;
    this.busy = true;
    this.attempted = true;
    this.failure = null;
    this.refused = [];
    try {
      await this.ask(this.sendable());
      if (this.failure) return;
      if (this.problems.length > 0) {
        this.refusals += 1;
        return;
      }
      await this.send();
    } finally {
      this.busy = false;
    }
  };

  private async send(): Promise<void> {
    const draft = this.sendable();
    const { api, access, router, toasts, drafts } = this.desk;
    const { original } = this;
    try {
      const method = original
        ? await api.updateMethod(original.access_id, original.method, draft)
        : await api.createMethod(draft);
      this.sent = true;
      if (original) drafts.methodEdits[original.access_id] = undefined;
      else drafts.method = null;
      await Promise.all([access.methods.refresh(), access.sessions.refresh()]);
      toasts.say(
        'ok',
        original ? `${method.name} is changed.` : `${method.name} is made.`,
        original
          ? 'Whoever logged in by it logs in again, unless only its name or notes changed.'
          : 'Nobody gets anything by it before a role is associated.',
      );
      router.go({ screen: 'method', id: method.access_id });
    } catch (rejection) {
      const problem = asProblem(rejection);
      if (problem.field === null) {
        this.failure = problem;
      } else {
        this.refused = [problem];
        this.refusals += 1;
      }
    }
  }

  /** Leaves, and asks before anything that was typed is thrown away. */
  cancel = (): void => {
    if (!this.isChanged) {
      this.discard();
      return;
    }
    this.desk.questions.ask({
      title: this.original ? 'Discard your changes?' : 'Discard what you typed?',
      body: [
        this.original ? `${this.original.name} stays as it is.` : 'No auth method is made of it.',
        'To come back to it later, go elsewhere instead: it is kept while the window lives.',
      ],
      action: 'Discard',
      danger: true,
      testid: 'discard-confirm',
      then: () => this.discard(),
    });
  };

  private discard(): void {
    this.sent = true;
    if (this.original) {
      this.desk.drafts.methodEdits[this.original.access_id] = undefined;
      this.desk.router.go({ screen: 'method', id: this.original.access_id });
    } else {
      this.desk.drafts.method = null;
      this.desk.router.go({ screen: 'access', tab: 'methods' });
    }
  }

  /** Keeps what was typed when the screen is left by another way. */
  leave(): void {
    if (this.sent) return;
    const draft = this.isChanged ? this.sendable() : null;
    if (this.original) {
      this.desk.drafts.methodEdits[this.original.access_id] = draft ?? undefined;
    } else {
      this.desk.drafts.method = draft;
    }
  }
}
