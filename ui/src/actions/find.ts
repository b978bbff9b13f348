// Finding an action by a few letters: every word must be found somewhere, what was used last comes first among equals.
import { computeCommandScore } from 'bits-ui';
import type { Action } from './action';

/** More results say less; a longer word brings the others up. */
export const MOST_FOUND = 50;
/** A lone letter here and there is no find: the best of these are still weaker than any word begun. */
const LEAST = 0.02;
/** What was used last outweighs a slightly better match, not a much better one. */
const RECENT_WEIGHT = 0.3;

export interface Found {
  action: Action;
  score: number;
}

const wordsOf = (query: string): string[] =>
  query.trim().toLowerCase().split(/\s+/).filter(Boolean);

function scoreOf(action: Action, words: readonly string[]): number {
  let score = 1;
  for (const word of words) {
    const inName = computeCommandScore(action.name, word);
    // Words that are not shown, and what tells it from others, count for less than its name.
    const beside = `${action.detail ?? ''} ${action.words ?? ''}`.toLowerCase();
    const inRest = beside.includes(word) ? 0.4 : 0;
    score *= Math.max(inName, inRest);
    if (score < LEAST ** words.length) return 0;
  }
  return score;
}

/** The best first. `rank` tells how long ago an action was used: 0 for the last one, null for never. */
export function find(
  actions: readonly Action[],
  query: string,
  rank: (id: string) => number | null,
): Action[] {
  const words = wordsOf(query);
  if (words.length === 0) return [...actions];
  const found: Found[] = [];
  for (const action of actions) {
    const score = scoreOf(action, words);
    if (score === 0) continue;
    const place = rank(action.id);
    found.push({
      action,
      score: score * (place === null ? 1 : 1 + RECENT_WEIGHT / (1 + place / 4)),
    });
  }
  return found
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST_FOUND)
    .map(({ action }) => action);
}

/** The name in pieces, those that the query names marked; for showing why it was found. */
export function marked(name: string, query: string): { text: string; hit: boolean }[] {
  const hits = new Set<number>();
  const lower = name.toLowerCase();
  for (const word of wordsOf(query)) {
    const whole = lower.indexOf(word);
    if (whole !== -1) {
      for (let at = whole; at < whole + word.length; at += 1) hits.add(at);
      continue;
    }
    const letters: number[] = [];
    let from = 0;
    for (const letter of word) {
      const at = lower.indexOf(letter, from);
      if (at === -1) break;
      letters.push(at);
      from = at + 1;
    }
    if (letters.length === word.length) for (const at of letters) hits.add(at);
  }
  const pieces: { text: string; hit: boolean }[] = [];
  for (let at = 0; at < name.length; at += 1) {
    const hit = hits.has(at);
    const last = pieces.at(-1);
    if (last?.hit === hit) last.text += name[at];
    else pieces.push({ text: name[at] ?? '', hit });
  }
  return pieces;
}
