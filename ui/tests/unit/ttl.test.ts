import { parseTtl, printTtl, roughSpan, spanWords, ttlWords } from '../../src/time/ttl';

test.each([
  ['90s', 90],
  ['15m', 900],
  ['1h', 3600],
  ['1h30m', 5400],
  ['1.5h', 5400],
  ['2 days', 172_800],
  ['1w', 604_800],
  ['1y', 31_536_000],
  ['1 hour 30 minutes', 5400],
  ['0.5m', 30],
  [' 2h ', 7200],
])('%s is read as %i seconds', (text, seconds) => {
  expect(parseTtl(text)).toBe(seconds);
});

test.each(['', '  ', '5', '1M', '1 fortnight', 'h', '1h30', '-1h', '1h x'])(
  '“%s” is no span of time',
  (text) => {
    expect(parseTtl(text)).toBeNull();
  },
);

test('what is printed is read back as the same', () => {
  for (const seconds of [60, 90, 3600, 5400, 86_400, 90_061, 31_536_000]) {
    expect(parseTtl(printTtl(seconds))).toBe(seconds);
  }
});

test('spans are written to be read', () => {
  expect(spanWords(5400)).toBe('1 h 30 min');
  expect(spanWords(0)).toBe('0 s');
  expect(ttlWords('1.5h')).toBe('1 h 30 min');
  expect(ttlWords('whatever')).toBe('whatever');
});

test('a running span is as precise as people need it', () => {
  expect(roughSpan(42_900)).toBe('42 s');
  expect(roughSpan(90_000)).toBe('1 min 30 s');
  expect(roughSpan(9 * 60_000 + 59_000)).toBe('9 min');
  expect(roughSpan(3_600_000)).toBe('1 h 0 min');
  expect(roughSpan(50 * 3_600_000)).toBe('2 d 2 h');
  expect(roughSpan(41 * 86_400_000)).toBe('41 d');
});
