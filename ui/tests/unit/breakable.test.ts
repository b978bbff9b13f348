import { expect, test } from 'vitest';
import { breakable } from '../../src/words/breakable';

test('a policy name may break between its words and after its signs', () => {
  expect(breakable('AWSLambda_ReadOnlyAccess, 2 inline')).toEqual([
    'AWSLambda_',
    'Read',
    'Only',
    'Access, 2 inline',
  ]);
  expect(breakable('job-function/ViewOnly')).toEqual(['job-', 'function/', 'View', 'Only']);
  expect(breakable('')).toEqual(['']);
});
