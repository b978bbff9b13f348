// Questions that must be answered before something is done: yes or no, or a name.
import { tick } from 'svelte';
import { asProblem } from '../api/problem';
import type { Problem } from '../api/types';

export interface Question {
  title: string;
  /** Sentences, one paragraph each. */
  body: string[];
  /** What the button that does it says: a verb. */
  action: string;
  danger?: boolean;
  /** Asks for a name and does nothing without one. */
  name?: { label: string; value: string };
  /** Asks for this very text to be typed, so that it is not done by habit. */
  typed?: { label: string; text: string };
  /** Something that can be done with it, at a person's choice. */
  option?: { label: string; checked?: boolean };
  testid?: string;
  /** Done while the question stays open; a rejection is shown in it. */
  act?: (name: string, chosen: boolean) => Promise<unknown>;
  /** Begun when it was done and the question is gone, with the focus given back. */
  then?: () => void;
}

export class Questions {
  current = $state.raw<Question | null>(null);
  name = $state('');
  chosen = $state(false);
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);

  ask(question: Question): void {
    this.name = question.name?.value ?? '';
    this.chosen = question.option?.checked ?? false;
    this.problem = null;
    this.busy = false;
    this.current = question;
  }

  dismiss = (): void => {
    if (!this.busy) this.current = null;
  };

  /** What must be typed is typed. */
  get ready(): boolean {
    const question = this.current;
    if (question?.typed) return this.name.trim() === question.typed.text;
    return !question?.name || this.name.trim() !== '';
  }

  confirm = async (): Promise<void> => {
    const question = this.current;
    if (!question || this.busy || !this.ready) return;
    this.busy = true;
    this.problem = null;
    try {
      await question.act?.(this.name.trim(), this.chosen);
      if (this.current === question) this.current = null;
      if (question.then) {
        await tick();
        question.then();
      }
    } catch (rejection) {
      this.problem = asProblem(rejection);
    } finally {
      this.busy = false;
    }
  };
}
