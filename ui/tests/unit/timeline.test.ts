// The picture of time: what is seen of it, where bars and their labels lie, and that all of it follows the state.
import { connectionOf, leaseOf, secretOf } from '../../src/platform/fake/scenes';
import { axisOf, barOf, isOn, labelPlace, placeOn } from '../../src/views/leases/timeline';

const HOUR = 3_600_000;
const now = new Date(2026, 10, 21, 14, 23).getTime();
const connection = connectionOf(now, { clock_offset_ms: 0 });
const secret = secretOf(now, connection, { name: 's3-upload' });
const at = (moment: number) => new Date(moment).toISOString();

test('ticks stand on whole hours, and a pan moves by whole spans', () => {
  const axis = axisOf('now', now);
  expect(axis.ticks.map((tick) => new Date(tick).getMinutes())).toEqual([0, 0, 0, 0, 0, 0]);
  expect(axisOf('now', now, 0.5).from - axis.from).toBe(3 * HOUR);
  expect(axisOf('week', now, -1).until).toBeLessThanOrEqual(
    axisOf('week', now).until - 6 * 24 * HOUR,
  );
  expect(isOn(axis, now)).toBe(true);
  expect(isOn(axisOf('now', now, 2), now)).toBe(false);
});

test('days begin at midnight here, also where a day has 23 hours or 25', () => {
  const { ticks } = axisOf('week', new Date(2026, 9, 26, 12).getTime());
  expect(ticks).toHaveLength(7);
  expect(ticks.every((tick) => new Date(tick).getHours() === 0)).toBe(true);
});

test('all open reaches from the first begin to the last possible end, with few ticks', () => {
  const long = leaseOf(1, secret, now - 20 * HOUR, {
    expires_at: at(now + 2 * HOUR),
    max_expires_at: at(now + 40 * HOUR),
  });
  const over = leaseOf(2, secret, now - 300 * HOUR, { state: 'revoked' });
  const axis = axisOf('open', now, 0, [long, over]);
  expect(axis.from).toBeLessThan(now - 20 * HOUR);
  expect(axis.from).toBeGreaterThan(now - 30 * HOUR);
  expect(axis.until).toBeGreaterThan(now + 40 * HOUR);
  expect(axis.ticks.length).toBeGreaterThan(2);
  expect(axis.ticks.length).toBeLessThanOrEqual(8);
  // Nothing open: still a picture of now.
  expect(isOn(axisOf('open', now, 0, []), now)).toBe(true);
});

test('a cut is drawn where it was, and what is left to do behind it', () => {
  const axis = axisOf('now', now);
  const cut = leaseOf(3, secret, now - HOUR, {
    state: 'access-cut',
    cut_at: at(now - HOUR / 2),
    expires_at: at(now + HOUR),
  });
  const bar = barOf(axis, cut, now);
  expect(bar.cut).toBeCloseTo(placeOn(axis, now - HOUR / 2));
  expect(bar.left + bar.width).toBeCloseTo(bar.cut ?? 0);
  expect(bar.left + bar.width + bar.cleanup).toBeCloseTo(placeOn(axis, now));
  expect(bar.rest).toBe(0);
  const later = barOf(axisOf('now', now, 3), cut, now);
  expect(later.outside).toBe('before');
  expect(later.cut).toBeNull();
});

test('a label stands in its bar where it fits, and else where there is room', () => {
  const bar = { left: 10, width: 40, rest: 0, cleanup: 0, cut: null, outside: null };
  expect(labelPlace(bar, 'active · ends 15:23', 800)).toBe('in');
  expect(labelPlace({ ...bar, width: 2 }, 'active · ends 15:23', 800)).toBe('after');
  expect(labelPlace({ ...bar, width: 2, rest: 60 }, 'active · ends 15:23', 800)).toBe('beside');
  expect(labelPlace({ ...bar, left: 0, width: 1, rest: 99 }, 'x'.repeat(400), 800)).toBe('beside');
  expect(labelPlace({ ...bar, left: 95, width: 2 }, 'active · ends 15:23', 800)).toBe('before');
});
