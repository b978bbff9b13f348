import { asProblem, elementOf, isAbout } from '../../src/api/problem';
import { splitList, withItems } from '../../src/parts/list';
import { parseRoute, pathOf } from '../../src/state/router.svelte';
import { withLease } from '../../src/state/ledger.svelte';
import { connectionOf, leaseOf, secretOf } from '../../src/platform/fake/scenes';
import { presetsFor } from '../../src/views/generate/generate.svelte';
import { sendable, emptyDraft } from '../../src/views/form/draft';
import { inFolders } from '../../src/views/overview/overview.svelte';
import { axisOf, barOf, placeOn } from '../../src/views/leases/timeline';
import { clockNotes } from '../../src/views/leases/leases.svelte';

const now = new Date(2026, 10, 21, 14, 23).getTime();
const connection = connectionOf(now, {});
const secret = secretOf(now, connection, { name: 's3-upload' });

test('a rejection that is no problem becomes a defect that says its text', () => {
  expect(asProblem({ code: 'busy', message: 'Busy.' })).toEqual({
    code: 'busy',
    message: 'Busy.',
    hint: null,
    field: null,
  });
  expect(asProblem('missing argument').code).toBe('internal');
  expect(asProblem(new Error('boom')).message).toContain('boom');
});

test('a problem is about a field or one of its elements', () => {
  const about = (field: string) => ({
    code: 'invalid_input' as const,
    message: '',
    hint: null,
    field,
  });
  expect(isAbout(about('tags'), 'tags')).toBe(true);
  expect(isAbout(about('policy_documents[1]'), 'policy_documents')).toBe(true);
  expect(isAbout(about('policy_documents.1.Statement'), 'policy_documents')).toBe(true);
  expect(isAbout(about('name_template'), 'name')).toBe(false);
  expect(elementOf(about('policy_documents[1]'), 'policy_documents')).toBe(1);
  expect(elementOf(about('policy_documents.2.x'), 'policy_documents')).toBe(2);
  expect(elementOf(about('policy_documents'), 'policy_documents')).toBeNull();
});

test('lists take commas, spaces and new lines, once each, in their order', () => {
  expect(splitList(' b, a\nb  c,')).toEqual(['b', 'a', 'c']);
  expect(withItems(['a'], 'b a')).toEqual(['a', 'b']);
});

test('a path from outside opens a screen and the sheet over it', () => {
  expect(parseRoute('/leases/l-1/renew')).toEqual({
    route: { screen: 'leases' },
    sheet: { sheet: 'lease', leaseId: 'l-1', renewing: true },
  });
  expect(parseRoute('#/secrets/s-1/generate')).toEqual({
    route: { screen: 'secret', id: 's-1' },
    sheet: { sheet: 'generate', secretId: 's-1' },
  });
  expect(parseRoute('/nowhere').route).toEqual({ screen: 'overview' });
  for (const path of ['/', '/leases', '/new', '/secrets/s%201', '/secrets/x/edit']) {
    expect(pathOf(parseRoute(path).route)).toBe(path);
  }
});

test('a changed lease stays in its place and a new one comes first', () => {
  const [a, b] = [leaseOf(1, secret, now), leaseOf(2, secret, now)];
  const changed = { ...b, label: 'x' };
  expect(withLease([a, b], changed)).toEqual([a, changed]);
  expect(withLease([a], b)).toEqual([b, a]);
});

test('presets hold the default and the maximum, nothing beyond, at most five', () => {
  expect(presetsFor('1h', '8h').map(({ value }) => value)).toEqual(['15m', '1h', '4h', '8h']);
  expect(presetsFor('2h', '3d').map(({ value }) => value)).toEqual(['2h', '4h', '8h', '1d', '3d']);
  expect(presetsFor('10m', '10m').map(({ value }) => value)).toEqual(['10m']);
});

test('empty document boxes and tags are not sent, and each sent document knows its box', () => {
  const draft = emptyDraft('development');
  draft.policy_documents = ['', '{"a":1}', ' '];
  draft.tags = [{ key: '', value: '' }];
  expect(sendable(draft)).toMatchObject({
    boxes: [1],
    draft: { policy_documents: ['{"a":1}'], tags: [] },
  });
});

test('folders stand in their order, the root last, numbers counted', () => {
  const named = (name: string, folder: string) => secretOf(now, connection, { name, folder });
  const folders = inFolders([
    named('z', '/'),
    named('job-10', '/b'),
    named('job-2', '/b'),
    named('x', '/a'),
  ]);
  expect(folders.map(({ path }) => path)).toEqual(['/a', '/b', '/']);
  expect(folders[1]?.secrets.map(({ draft }) => draft.name)).toEqual(['job-2', 'job-10']);
});

test('a lease on a skipped practice clock stands where it is now for everybody', () => {
  const axis = axisOf('now', now);
  const skipped = leaseOf(1, secret, now + 3_600_000, { clock_offset_ms: 3_600_000 });
  const bar = barOf(axis, skipped, now);
  expect(bar.left).toBeCloseTo(placeOn(axis, now));
  expect(bar.rest).toBeGreaterThan(0);
  const longAgo = leaseOf(2, secret, now - 9e8, { state: 'revoked' });
  expect(barOf(axis, longAgo, now).outside).toBe('before');
});

test('only clocks that differ are spoken of', () => {
  expect(clockNotes([connection])).toEqual([]);
  expect(clockNotes([{ ...connection, clock_offset_ms: 3000 }])[0]).toContain('3 s ahead');
});
