/** The script at the door: scam type × state, one question at a time. Answers stay here until the report. */

import type { Card, ScamType, VictimState } from './types';

export interface Script { body: string; questions: { ask: string; then: string }[]; flags: string[]; lines: string[] }

/** One card of each code, in the reader's language or as first written. */
function inLang(cards: Card[], lang: string): Card[] {
  const rank = (card: Card) => (card.lang === lang ? 0 : card.lang === 'zh-Hans' ? 1 : 2);
  const best = new Map<string, Card>();
  for (const card of [...cards].sort((a, b) => rank(a) - rank(b))) if (!best.has(card.code)) best.set(card.code, card);
  return [...best.values()];
}

/** What to say: the state's card on top, then the questions of type × state, then the type's or its parent's own. */
export function scriptFor(cards: Card[], types: ScamType[], type: string, state: VictimState, lang: string): Script | null {
  const parent = types.find((one) => one.code === type)?.parent ?? null;
  const all = inLang(cards, lang);
  const find = (code: string | null, wanted: VictimState | null) =>
    all.find((card) => card.scam_type === code && (card.victim_state || null) === wanted);
  const ofState = find(null, state);
  const exact = find(type, state) ?? (parent ? find(parent, state) : undefined);
  const general = find(type, null) ?? (parent ? find(parent, null) : undefined);
  const found = [exact, general].filter((card): card is Card => card !== undefined);
  const main = found.length ? found : ofState ? [ofState] : [];
  if (!main.length) return null;
  const questions = main.flatMap(({ questions: asks, talking_points: points }) =>
    asks.map((ask, i) => ({ ask, then: points.length ? points[i % points.length]! : '' })));
  return {
    body: exact?.body || ofState?.body || ofState?.talking_points[0] || '',
    questions,
    flags: main.flatMap((card) => card.red_flags),
    lines: [...new Set([...main, ...(ofState ? [ofState] : [])].flatMap((card) => card.talking_points))],
  };
}
