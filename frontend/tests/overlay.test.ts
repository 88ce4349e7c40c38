import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { emptyWorld, type World } from '../src/lib/types';
import { inOverlay, isRefused, reduce } from '../src/sync/overlay';
import { judge } from '../src/sync/moves';
import { assignment, ASSIGNMENT, CASE, commandRow, MATE, ME } from './fake';

const me = { id: ME.id, name: ME.name };
const world = (fields: object = {}): World => ({ ...emptyWorld(), assignment: { [ASSIGNMENT]: assignment(fields) } });
const after = (base: World, ...rows: Parameters<typeof commandRow>[0][]) => reduce(base, rows.map(commandRow), 10, me).assignment[ASSIGNMENT]!;

describe('the move table', () => {
  const vectors = JSON.parse(readFileSync(new URL('../../contract/vectors.json', import.meta.url), 'utf8'));

  it('gives what Python gives for every state and command', () => {
    for (const [status, command, [answered, voiced, taken, engaged, closed], [outcome, code, to]] of vectors) {
      const facts = { answered, voiced: !!voiced, taken_elsewhere: !!taken, engaged: !!engaged, case_closed: !!closed };
      expect({ status, command, facts, ...judge(status, command, facts) }).toEqual({ status, command, facts, outcome, code, to });
    }
    expect(vectors.length).toBeGreaterThan(300);
  });
});

describe('the overlay', () => {
  it('shows a queued accept at once, with the member and the time of the tap', () => {
    const shown = after(world(), { type: 'accept' });

    expect(shown.status).toBe('accepted');
    expect(shown.accepted_at).toBe('2026-11-22T06:49:00.000Z');
    expect(shown.members[0]).toMatchObject({ user_id: ME.id, answer: 'accept' });
    expect(shown.members[1]).toMatchObject({ user_id: MATE.id, answer: null });
  });

  it('never goes back: a late set_out after arriving changes nothing', () => {
    const base = world({ status: 'arrived', arrived_at: '2026-11-22T06:55:00Z', set_out_at: null });

    expect(after(base, { type: 'set_out' })).toEqual(base.assignment[ASSIGNMENT]);
  });

  it('sets each time once', () => {
    const base = world({ status: 'accepted', accepted_at: '2026-11-22T06:48:30Z' });

    const shown = after(base, { type: 'set_out' }, { seq: 2, type: 'arrive', occurred_at: '2026-11-22T06:58:00.000Z' });

    expect(shown).toMatchObject({ status: 'arrived', accepted_at: '2026-11-22T06:48:30Z', set_out_at: '2026-11-22T06:49:00.000Z', arrived_at: '2026-11-22T06:58:00.000Z' });
  });

  it('is gone when the command loses, and leaves the base untouched', () => {
    const base = world();
    const before = JSON.stringify(base);

    expect(after(base, { type: 'accept', status: 'settled', outcome: 'conflict', code: 'TAKEN' }).status).toBe('offered');
    after(base, { type: 'accept' });

    expect(JSON.stringify(base)).toBe(before);
  });

  it('shows a photo as given up at once: this member\'s own, by its hash', () => {
    const note = (id: string, by_name: string, sha256: string) => ({ id, version: 1, case_id: CASE, kind: 'photo' as const, text: '', sha256, pending: true, at: '2026-11-22T06:48:00.000Z', by_name });
    const base = { ...world(), note: Object.fromEntries([note('1', ME.name, 'ab'), note('2', MATE.name, 'ab'), note('3', ME.name, 'cd')].map((one) => [one.id, one])) };

    const shown = reduce(base, [commandRow({ type: 'drop_photo', subject: { kind: 'case', id: CASE }, args: { sha256: 'ab' } })], 10, me);

    expect(Object.values(shown.note).map((one) => Boolean(one.dropped_at))).toEqual([true, false, false]);
  });

  it('stays until the feed has brought the effect, then leaves', () => {
    const settled = commandRow({ status: 'settled', outcome: 'applied', feed_seq: 11 });

    expect(inOverlay(settled, 10)).toBe(true);
    expect(inOverlay(settled, 11)).toBe(false);
  });

  it('one decline is not the crew; two are', () => {
    const one = after(world(), { type: 'decline', args: { reason: 'no_car' } });
    const base = world();
    base.assignment[ASSIGNMENT]!.members[1]!.answer = 'decline';

    expect(one.status).toBe('offered');
    expect(after(base, { type: 'decline', args: { reason: 'no_car' } }).status).toBe('declined');
  });

  it('masks what is typed, and says which word stands by it', () => {
    const row = commandRow({ type: 'indicator', subject: { kind: 'case', id: CASE }, args: { id: 'i1', kind: 'account', value: '6222021234564417' }, status: 'sent_unknown' });

    const shown = reduce(world(), [row], 10, me).indicator['i1']!;

    expect(shown).toMatchObject({ mask: '****4417', pending: 'sent' });
  });

  it('concluding shows the report and ends the visit', () => {
    const base = world({ status: 'arrived' });
    const row = commandRow({ type: 'conclude', args: { report: { id: 'r1', effect: 'dissuaded', prevented_fen: 6000000 } } });

    const shown = reduce(base, [row], 10, me);

    expect(shown.assignment[ASSIGNMENT]!.status).toBe('concluded');
    expect(shown.report['r1']).toMatchObject({ effect: 'dissuaded', author: ME.id, pending: 'saved' });
  });

  it('a noop stays until the feed has brought what made it one', () => {
    const late = { type: 'accept', status: 'settled' as const, outcome: 'noop', code: 'STALE', feed_seq: 14 };

    expect(after(world(), late).status).toBe('accepted');
    expect(reduce(world({ status: 'concluded' }), [commandRow(late)], 14, me).assignment[ASSIGNMENT]!.status).toBe('concluded');
  });

  it('a stuck command shows nothing and counts as refused', () => {
    const stuck = commandRow({ status: 'stuck', code: 'BROKEN' });

    expect(reduce(world(), [stuck], 10, me).assignment[ASSIGNMENT]!.status).toBe('offered');
    expect(isRefused(stuck)).toBe(true);
  });
});
