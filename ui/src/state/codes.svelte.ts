// The code of an MFA device: asked for in the middle of something that a person began, which waits for it.
import type { Commands } from '../api/commands';
import { asProblem } from '../api/problem';
import type { CodeQuestion, Problem } from '../api/types';

const DIGITS = 6;

export class Codes {
  current = $state.raw<CodeQuestion | null>(null);
  code = $state('');
  sending = $state(false);
  private refused = $state.raw<Problem | null>(null);

  constructor(private readonly api: Pick<Commands, 'codeQuestion' | 'answerCode'>) {}

  /** What keeps the code from being taken: what was typed here, or what AWS said of the one before. */
  get problem(): Problem | null {
    return this.refused ?? this.current?.again ?? null;
  }

  hear = (question: CodeQuestion | null): void => {
    if (question?.id === this.current?.id) return;
    this.code = '';
    this.sending = false;
    this.refused = null;
    this.current = question;
  };

  /** A page that came up after it was asked. */
  async load(): Promise<void> {
    try {
      const question = await this.api.codeQuestion();
      if (question) this.hear(question);
    } catch {
      // The question is taken back by itself.
    }
  }

  /** Spaces, as some devices show them, are left out. */
  answer = async (): Promise<void> => {
    const question = this.current;
    const code = this.code.replace(/\s/g, '');
    if (!question || this.sending) return;
    if (!/^\d+$/.test(code) || code.length !== DIGITS) {
      this.refused = {
        code: 'invalid_input',
        message: 'An MFA code is six digits.',
        hint: 'Read it off the device again.',
        field: 'mfa_code',
      };
      return;
    }
    this.sending = true;
    this.refused = null;
    await this.send(question.id, code);
  };

  giveUp = (): void => {
    const question = this.current;
    if (!question) return;
    this.hear(null);
    void this.send(question.id, null);
  };

  private async send(id: string, code: string | null): Promise<void> {
    try {
      await this.api.answerCode(id, code);
    } catch (rejection) {
      this.sending = false;
      this.refused = asProblem(rejection);
    }
    this.code = '';
  }
}
