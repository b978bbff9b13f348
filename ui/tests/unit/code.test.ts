// Places in a text, and the marks of the lint in the form.
import { endOfToken, offsetOf } from '../../src/parts/code';
import { FormModel } from '../../src/views/form/form.svelte';
import { markCounts } from '../../src/words/draft';
import { callsOf, deskOn } from '../desk';

const RISKY =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",\n  "Action":"iam:CreateAccessKey","Resource":"*"}]}';

test.each([
  [1, 1, 0],
  [2, 3, 6],
  [2, 99, 8],
  [99, 1, 9],
  [0, 0, 0],
])('line %i, column %i is at %i', (line, column, offset) => {
  expect(offsetOf('one\ntwo!\n', line, column)).toBe(offset);
});

test('columns count characters, not their halves', () => {
  expect(offsetOf('"🦜" x', 1, 5)).toBe(5);
});

test('a string is selected with its quotes, a word whole', () => {
  expect(endOfToken('["a:\\"b", 1]', 1)).toBe(8);
  expect(endOfToken('Version x', 0)).toBe(7);
  expect(endOfToken('{', 0)).toBe(1);
  expect(endOfToken('{', 1)).toBe(1);
});

test('a mark stands at its own box although empty boxes are not sent', async () => {
  const { desk, end } = await deskOn();
  const model = new FormModel(desk, null);
  model.draft.name = 'key-maker';
  model.draft.policy_documents = ['', RISKY];
  vi.useFakeTimers();
  model.watch();
  await vi.advanceTimersByTimeAsync(1000);
  expect(model.marksOf(0)).toEqual([]);
  expect(model.marksOf(1).map(({ line, severity }) => [line, severity])).toEqual([
    [2, 'danger'],
    [2, 'warning'],
  ]);
  expect(model.dangers).toHaveLength(1);
  expect(markCounts(model.marksOf(1))).toBe('1 danger, 1 warning');
  end();
});

test('dangers are shown, never in the way', async () => {
  const { fake, desk, end } = await deskOn();
  const model = new FormModel(desk, null);
  model.draft.name = 'key-maker';
  model.draft.policy_documents = [RISKY];
  await model.submit();
  expect(callsOf(fake, 'secret_add')).toHaveLength(1);
  end();
});
