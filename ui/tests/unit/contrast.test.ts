// What must be seen beside text: borders of fields, bars, rings, marks. At least 3 to 1, as WCAG 1.4.11 asks; text 4.5.
import { readFileSync } from 'node:fs';

const tokens = readFileSync('src/theme/tokens.css', 'utf8');

function themeOf(selector: string): Record<string, string> {
  const begin = tokens.indexOf(`${selector} {`);
  const block = tokens.slice(begin, tokens.indexOf('}', begin));
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value]),
  ) as Record<string, string>;
}

const light = themeOf(':root');
const dark = { ...light, ...themeOf("[data-theme='dark']") };

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function ratio(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

test('contrast is computed as WCAG says', () => {
  expect(ratio('#000000', '#ffffff')).toBeCloseTo(21);
  expect(ratio('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

const GROUNDS = ['bg', 'surface', 'raised', 'sunken', 'hover'];
/** What carries meaning without being text, and upon what it stands. */
const FORMS: [string, string[]][] = [
  ['control-line', ['bg', 'surface', 'raised']],
  ['accent', GROUNDS],
  ['ok', GROUNDS],
  ['warn', GROUNDS],
  ['danger', GROUNDS],
  ['practice', GROUNDS],
  // Hatches and frames of the timeline.
  ['danger', ['danger-weak']],
  ['warn', ['warn-weak']],
  ['accent', ['accent-weak']],
];
const TEXTS: [string, string[]][] = [
  ['text', GROUNDS],
  ['text-2', GROUNDS],
  ['text-3', GROUNDS],
  ['accent', ['surface', 'accent-weak']],
  ['accent-text', ['accent', 'accent-hover']],
  ['danger-text', ['danger', 'danger-hover']],
  ['ok', ['ok-weak']],
  ['warn', ['warn-weak']],
  ['danger', ['danger-weak']],
  ['practice', ['practice-weak']],
];

const cases = (pairs: [string, string[]][], least: number) =>
  pairs.flatMap(([form, grounds]) => grounds.map((ground) => [form, ground, least] as const));

describe.each([
  ['light', light],
  ['dark', dark],
])('in the %s', (_, theme) => {
  test.each([...cases(FORMS, 3), ...cases(TEXTS, 4.5)])(
    '%s on %s has at least %s to 1',
    (form, ground, least) => {
      const [one, other] = [theme[form], theme[ground]];
      if (!one || !other) throw new Error(`no colour ${form} or ${ground}`);
      expect(ratio(one, other)).toBeGreaterThanOrEqual(least);
    },
  );
});
