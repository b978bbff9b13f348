import { cleanupOf } from '../../src/platform/fake/care';
import type { LeaseView } from '../../src/api/types';
import { connectionOf, draftOf, leaseOf, secretOf } from '../../src/platform/fake/scenes';
import { lifeOf, mayDo } from '../../src/words/draft';
import { fractionLeft, isRenewable, lookOf, needsAttention } from '../../src/words/lease';

const issued = Date.parse('2026-11-21T12:00:00Z');
const secret = secretOf(issued, connectionOf(issued, {}), { name: 's3-upload' });
const lease = (over: Partial<LeaseView> = {}) => leaseOf(1, secret, issued, over);
const HOUR = 3_600_000;

test('every state has its own word, tone and form', () => {
  const look = (over: Partial<LeaseView>, now = issued) => lookOf(lease(over), now);
  expect(look({})).toMatchObject({ word: 'Active', tone: 'ok', form: 'active' });
  expect(look({}, issued + 50 * 60_000)).toMatchObject({ word: 'Ends soon', tone: 'warn' });
  expect(look({}, issued + HOUR)).toMatchObject({ word: 'Expired', detail: 'AWS denies the key' });
  expect(look({ state: 'issuing' }).word).toBe('Issuing');
  expect(look({ state: 'revoking' })).toMatchObject({
    tone: 'danger',
    detail: 'access still open',
  });
  expect(look({ state: 'revoking' }, issued + HOUR).detail).toBe('AWS denies the key');
  expect(
    look({
      state: 'access-cut',
      cleanup: cleanupOf(3, 'failed', { by: 'login profile', action: null }),
    }),
  ).toMatchObject({ word: 'Access cut', detail: 'clean-up 3/4, blocked by login profile' });
  expect(look({ state: 'revoked', end_reason: 'gone_outside' }).detail).toBe('gone outside');
  expect(look({ state: 'failed' }).detail).toBe('nothing left in AWS');
  expect(look({ state: 'forgotten' }).detail).toBe('the user may still exist');
  expect(look({ alarm: 'found in public' })).toMatchObject({ word: 'Alarm', tone: 'danger' });
});

test('an expired lease is not renewable although its state is still active', () => {
  expect(isRenewable(lease(), issued)).toBe(true);
  expect(isRenewable(lease(), issued + HOUR)).toBe(false);
  expect(isRenewable(lease({ state: 'revoking' }), issued)).toBe(false);
});

test('a failed revoke and an alarm need a person, a first try does not', () => {
  expect(needsAttention(lease())).toBe(false);
  expect(needsAttention(lease({ state: 'revoking' }))).toBe(false);
  expect(needsAttention(lease({ state: 'revoking', attempts: 1, reason: 'denied' }))).toBe(true);
  expect(needsAttention(lease({ alarm: 'leak' }))).toBe(true);
});

test('the ring is full at issue and empty at the end', () => {
  const { issued_at, expires_at } = lease();
  expect(fractionLeft(issued_at, expires_at, issued)).toBe(1);
  expect(fractionLeft(issued_at, expires_at, issued + HOUR / 2)).toBe(0.5);
  expect(fractionLeft(issued_at, expires_at, issued + 2 * HOUR)).toBe(0);
});

test('a dynamic secret is said in few words', () => {
  const draft = draftOf({
    policy_arns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    policy_documents: ['{}'],
    groups: ['deployers'],
    permission_boundary: 'arn:aws:iam::123456789012:policy/b',
  });
  expect(mayDo(draft)).toBe('ReadOnlyAccess, 1 inline, group deployers, boundary');
  expect(mayDo(draftOf({}))).toBe('nothing yet');
  expect(lifeOf(draftOf({ default_ttl: '1h30m', max_ttl: '8h' }))).toBe('1 h 30 min, up to 8 h');
});
