// The form of a dynamic secret at work: what was typed, what the engine says of it while it is typed, and sending it.
import { SvelteSet } from 'svelte/reactivity';
import { asProblem, elementOf, isAbout } from '../../api/problem';
import type { DraftCheck, PolicyMark, Problem, SecretDraft, SecretView } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { typeOf, type CredentialType } from '../../words/draft';
import { KeyModel } from '../connections/key.svelte';
import { editable, emptyDraft, sendable } from './draft';

/** How long typing rests before the engine is asked. */
export const CHECK_AFTER_MS = 150;

/** A mark, and the box of the form that it is about. */
export interface PlacedMark {
  box: number;
  mark: PolicyMark;
}

export class FormModel {
  draft = $state<SecretDraft>(emptyDraft(''));
  check = $state.raw<DraftCheck | null>(null);
  /** A connection is typed in here as well, instead of chosen. */
  addingKey = $state(false);
  readonly key: KeyModel;
  busy = $state(false);
  /** What went wrong and belongs to no field. */
  failure = $state.raw<Problem | null>(null);
  /** Where the first refused field is, after an attempt: the view puts the focus there. */
  refusals = $state(0);

  /** The place in a document that a person asked for: the view puts the caret there. */
  wanted = $state.raw<PlacedMark | null>(null);

  private readonly touched = new SvelteSet<string>();
  private attempted = $state(false);
  private refused = $state.raw<Problem[]>([]);
  private boxes = $state.raw<number[]>([]);
  /** Changes of before, that were not saved, stand in it again. */
  takenUp = $state(false);
  private resumed = false;
  private begun = '';
  private asked = 0;
  private sent = false;

  constructor(
    private readonly desk: Desk,
    /** The secret being edited, or null for a new one. */
    readonly original: SecretView | null,
    /** What its leases are to be, where it is new. */
    type: CredentialType = 'iam_user',
  ) {
    this.key = new KeyModel(desk);
    const kept = original ? desk.drafts.edits[original.id] : desk.drafts.secret;
    if (original) this.draft = editable(kept ?? original.draft);
    else if (kept) {
      this.draft = editable(kept);
      this.resumed = true;
    } else {
      this.draft = emptyDraft(desk.environment || this.environments[0] || 'development', type);
    }
    if (this.draft.connection === '') this.choose(this.connections[0]?.name ?? null);
    this.takenUp = original !== null && kept !== undefined;
    this.begun = this.typed;
  }

  get type(): CredentialType {
    return typeOf(this.draft);
  }

  /** As one text, to see whether it is another than before. */
  private get typed(): string {
    return JSON.stringify(sendable($state.snapshot(this.draft)).draft);
  }

  /** Something stands here that would be lost. */
  get isChanged(): boolean {
    return this.takenUp || this.typed !== this.begun || (!this.original && this.resumed);
  }

  /** Back to how the secret is. */
  startOver = (): void => {
    if (!this.original) return;
    this.desk.drafts.edits[this.original.id] = undefined;
    this.draft = editable(this.original.draft);
    this.takenUp = false;
    this.begun = this.typed;
  };

  get connections() {
    return this.desk.ledger.connections.value ?? [];
  }

  get environments(): string[] {
    return (this.desk.ledger.environments.value ?? []).map(({ name }) => name);
  }

  get connection() {
    return this.connections.find(({ name }) => name === this.draft.connection) ?? null;
  }

  get practice(): boolean {
    return !this.addingKey && (this.connection?.practice ?? false);
  }

  /** AWS's time where the lease would be issued. */
  get now(): number {
    return this.desk.clock.aws(this.connection?.clock_offset_ms ?? 0);
  }

  /** A connection by name, or null to type one in. A region that was not typed follows the connection. */
  choose(name: string | null): void {
    const before = this.connection?.region ?? 'us-east-1';
    this.addingKey = name === null;
    this.draft.connection = name ?? '';
    const region = this.connection?.region;
    if (region && (this.draft.region === before || this.draft.region === '')) {
      this.draft.region = region;
    }
  }

  touch(field: string): void {
    this.touched.add(field);
  }

  /** What is wrong with a field, once its turn has come: after it was left, or after an attempt to send. */
  problemsOf(field: string): Problem[] {
    if (!this.attempted && !this.touched.has(field)) return [];
    return this.problems.filter((problem) => isAbout(problem, field));
  }

  /** What is wrong with one document; what is wrong with all of them together is said at the first. */
  problemsOfDocument(box: number): Problem[] {
    return this.problemsOf('policy_documents').filter((problem) => {
      const index = elementOf(problem, 'policy_documents');
      return index === null ? box === 0 : this.boxes[index] === box;
    });
  }

  warningsOf(field: string): Problem[] {
    return (this.check?.warnings ?? []).filter((problem) => isAbout(problem, field));
  }

  /** Warnings about one document; what is about all of them is said at the first, and what a mark says only there. */
  warningsOfDocument(box: number): Problem[] {
    const said = this.marksOf(box).map(({ message }) => message);
    return this.warningsOf('policy_documents').filter((problem) => {
      if (said.includes(problem.message)) return false;
      const index = elementOf(problem, 'policy_documents');
      return index === null ? box === 0 : this.boxes[index] === box;
    });
  }

  /** What the lint says, in the order of the boxes and of the lines in them. */
  readonly marks = $derived.by<PlacedMark[]>(() =>
    (this.check?.marks ?? [])
      .map((mark) => ({ mark, box: this.boxes[mark.document] ?? mark.document }))
      .toSorted(
        (a, b) => a.box - b.box || a.mark.line - b.mark.line || a.mark.column - b.mark.column,
      ),
  );

  readonly dangers = $derived.by(() => this.marks.filter(({ mark }) => mark.severity === 'danger'));

  marksOf(box: number): PolicyMark[] {
    return this.marks.filter((placed) => placed.box === box).map(({ mark }) => mark);
  }

  /** Leads to the place of a mark. */
  seek(placed: PlacedMark): void {
    this.wanted = { ...placed };
  }

  private get problems(): Problem[] {
    const found = [...(this.check?.problems ?? []), ...this.refused];
    return found.filter((problem) => !this.isMoot(problem));
  }

  /** The engine does not know that a connection is being typed. */
  private isMoot(problem: Problem): boolean {
    return this.addingKey && isAbout(problem, 'connection');
  }

  /** Reads everything that was typed, so that an effect runs again when any of it changes; asks when typing rests. */
  watch(): () => void {
    const typed = $state.snapshot(this.draft);
    const timer = setTimeout(() => void this.ask(typed), CHECK_AFTER_MS);
    return () => clearTimeout(timer);
  }

  private async ask(typed: SecretDraft): Promise<void> {
    this.asked += 1;
    const turn = this.asked;
    const { draft, boxes } = sendable(typed);
    try {
      const check = await this.desk.api.checkDraft(draft, this.original?.id ?? null);
      // A slower answer to an older question says nothing about what stands there now.
      if (turn !== this.asked) return;
      this.boxes = boxes;
      this.check = check;
      this.refused = [];
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
      await this.ask($state.snapshot(this.draft));
      if (this.failure) return;
      if (this.problems.length > 0) {
        this.refusals += 1;
        return;
      }
      if (this.addingKey && !(await this.addKey())) return;
      await this.send();
    } finally {
      this.busy = false;
    }
  };

  private async addKey(): Promise<boolean> {
    const connection = await this.key.add(this.draft.region);
    if (!connection) {
      this.refusals += 1;
      return false;
    }
    await this.desk.ledger.connections.refresh();
    this.choose(connection.name);
    return true;
  }

  private async send(): Promise<void> {
    const { draft } = sendable($state.snapshot(this.draft));
    const { api, ledger, router, toasts } = this.desk;
    try {
      const secret = this.original
        ? await api.editSecret(this.original.id, draft)
        : await api.addSecret(draft);
      this.sent = true;
      if (this.original) this.desk.drafts.edits[this.original.id] = undefined;
      else this.desk.drafts.secret = null;
      await ledger.secrets.refresh();
      this.desk.environment = secret.draft.environment;
      if (this.original) {
        toasts.say(
          'ok',
          `${secret.draft.name} is changed.`,
          'Leases of before keep what they were issued with.',
        );
        router.go({ screen: 'secret', id: secret.id });
      } else {
        this.desk.justAdded = secret.id;
        router.go({ screen: 'overview' });
      }
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
        this.original
          ? `${this.original.draft.name} stays as it is.`
          : 'No dynamic secret is made of it.',
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
      this.desk.drafts.edits[this.original.id] = undefined;
      this.desk.router.go({ screen: 'secret', id: this.original.id });
    } else {
      this.desk.drafts.secret = null;
      this.desk.router.go({ screen: 'overview' });
    }
  }

  /** Keeps what was typed when the screen is left by another way. */
  leave(): void {
    this.key.forget();
    if (this.sent) return;
    const draft = $state.snapshot(this.draft);
    if (!this.original) this.desk.drafts.secret = this.isChanged ? draft : null;
    else if (this.isChanged) this.desk.drafts.edits[this.original.id] = draft;
    else this.desk.drafts.edits[this.original.id] = undefined;
  }
}
