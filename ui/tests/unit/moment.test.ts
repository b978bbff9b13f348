import { lookAtPlace } from '../../src/time/formats.svelte';
import {
  absolute,
  clockTime,
  counted,
  dueWords,
  exact,
  clockDifference,
  dayWord,
  inLocalTime,
  relative,
  shortAbsolute,
} from '../../src/time/moment';

const now = new Date(2026, 10, 21, 14, 23).getTime();
const at = (day: number, hour: number, minute = 0) =>
  new Date(2026, 10, day, hour, minute).getTime();

test('days are named from where one stands', () => {
  expect(dayWord(at(21, 23), now)).toBe('today');
  expect(dayWord(at(22, 0), now)).toBe('tomorrow');
  expect(dayWord(at(20, 23, 59), now)).toBe('yesterday');
  expect(dayWord(at(24, 9), now)).toBe('24 Nov');
  expect(dayWord(new Date(2027, 0, 2).getTime(), now)).toBe('2 Jan 2027');
});

test('the time stands beside the day, alone where the day is today and space is small', () => {
  expect(absolute(at(21, 15, 23), now)).toBe('today 15:23');
  expect(shortAbsolute(at(21, 15, 23), now)).toBe('15:23');
  expect(shortAbsolute(at(22, 9), now)).toBe('tomorrow 09:00');
});

test('the past is past and the future is not', () => {
  expect(relative(now + 9 * 60_000, now)).toBe('in 9 min');
  expect(relative(now - 9 * 60_000, now)).toBe('9 min ago');
  expect(relative(now + 500, now)).toBe('now');
});

test('a clock that agrees to the second is not worth a word', () => {
  expect(clockDifference(900)).toBeNull();
  expect(clockDifference(3000)).toBe('3 s ahead of');
  expect(clockDifference(-3_600_000)).toBe('1 h 0 min behind');
});

describe('where a person is', () => {
  afterEach(() => lookAtPlace());
  const noon = Date.UTC(2026, 10, 21, 13, 23, 7);

  test.each([
    ['en-GB', '14:23', '21 Nov 2026, 14:23:07', '1,332'],
    ['de-DE', '14:23', '21 Nov 2026, 14:23:07', '1,332'],
    ['en-US', '2:23 PM', 'Nov 21, 2026, 2:23:07 PM', '1,332'],
    // What WebKitGTK says on a desktop without a language, and what is no language at all.
    ['C', '14:23', '21 Nov 2026, 14:23:07', '1,332'],
    ['', '14:23', '21 Nov 2026, 14:23:07', '1,332'],
    ['ar-EG', '2:23 pm', '21 Nov 2026, 2:23:07 pm', '1,332'],
  ])(
    'in %s hours and the order of days are its own, words are English',
    (language, time, whole, number) => {
      lookAtPlace(language, 'Europe/Berlin');
      const plain = (text: string) => text.replaceAll('\u202f', ' ');
      expect(plain(clockTime(noon))).toBe(time);
      expect(plain(exact(noon))).toBe(whole);
      expect(counted(1332)).toBe(number);
    },
  );

  test('another time zone is followed', () => {
    lookAtPlace('en-GB', 'Europe/Berlin');
    expect(clockTime(noon)).toBe('14:23');
    lookAtPlace('en-GB', 'Asia/Tokyo');
    expect(clockTime(noon)).toBe('22:23');
  });
});

test('moments of the engine are told as this computer tells the time', () => {
  const said = inLocalTime('Until 2026-11-21 12:30 UTC, or 2026-11-22T12:45:00Z.', now);
  const local = (text: string) => shortAbsolute(Date.parse(text), now);
  expect(said).toBe(`Until ${local('2026-11-21T12:30:00Z')}, or ${local('2026-11-22T12:45:00Z')}.`);
});

test('what should have been tried already is due, not in the past', () => {
  expect(dueWords(now + 6 * 60_000, now)).toBe('14:29, in 6 min');
  expect(dueWords(now - 60_000, now)).toBe('due now');
});
