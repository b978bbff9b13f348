// Space between things is on a grid of 4 px (1 and 2 are hairlines). Pictures, glyphs and letters have their own measure.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SPACE = /(?:^|[\s;{])((?:row-|column-)?gap|(?:padding|margin)(?:-[a-z]+)*)\s*:\s*([^;{}]+);/g;
/** Key material has a window of its own, with a measure of its own. */
const ELSEWHERE = join('src', 'views', 'credentials');

const files = (readdirSync('src', { recursive: true }) as string[])
  .map((name) => join('src', name))
  .filter((name) => /\.(svelte|css)$/.test(name) && !name.startsWith(ELSEWHERE));

function stylesOf(name: string): string {
  const text = readFileSync(name, 'utf8');
  const styles = name.endsWith('.css') ? text : (/<style>([^]*)<\/style>/.exec(text)?.[1] ?? '');
  return styles.replace(/\/\*[^]*?\*\//g, '');
}

const offGrid = (value: string): boolean =>
  [...value.matchAll(/([\d.]+)px/g)].some(([, px]) => Number(px) > 2 && Number(px) % 4 !== 0);

function foundIn(name: string): string[] {
  return [...stylesOf(name).matchAll(SPACE)]
    .filter(([, , value]) => offGrid(value ?? ''))
    .map(([, property, value]) => `${name} ${property}: ${(value ?? '').trim()}`);
}

test('every space is on the grid', () => {
  expect(files.flatMap(foundIn)).toEqual([]);
});

test('what is off the grid is noticed', () => {
  expect(['6px', '4px 7px', 'calc(100% + 3px)', '0 0 18px'].map(offGrid)).not.toContain(false);
  expect(['0', '1px', '2px -1px', '4px 8px', 'var(--s3)', '0 0 12px'].map(offGrid)).not.toContain(
    true,
  );
});
