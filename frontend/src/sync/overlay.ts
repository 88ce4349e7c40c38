/** What the screen shows: the confirmed world plus this phone's commands that the feed does not carry yet.
 *
 * Computed, never stored: when a command loses, its effect is gone with the next computation.
 */

import { maskPhone, maskTail } from '../lib/text';
import type { Assignment, Case, Id, Indicator, Message, Note, Report, Shift, Word, World } from '../lib/types';
import { judge } from './moves';
import type { CommandRow } from './store';

export interface Me { id: Id; name: string }

/** The three honest words, from the queue's row alone. */
export const wordOf = (row: CommandRow): Word =>
  row.status === 'settled' ? 'confirmed' : row.status === 'sent_unknown' ? 'sent' : 'saved';

export const isRefused = (row: CommandRow): boolean =>
  row.status === 'stuck' || (row.status === 'settled' && (row.outcome === 'conflict' || row.outcome === 'dead_letter'));

/** A settled command stays in the overlay until the feed has brought its effect: no flicker back. */
export function inOverlay(row: CommandRow, cursor: number): boolean {
  if (row.status === 'stuck') return false;
  if (row.status !== 'settled') return true;
  // A noop too: what it would have done is in the feed already, but perhaps not here yet.
  return !isRefused(row) && (row.feed_seq ?? 0) > cursor;
}

export function reduce(base: World, commands: CommandRow[], cursor: number, me: Me): World {
  const world: World = { ...base };
  for (const row of commands) if (inOverlay(row, cursor)) EFFECTS[row.type]?.(world, row, me);
  return world;
}

type Effect = (world: World, row: CommandRow, me: Me) => void;

function change(world: World, row: CommandRow, edit: (now: Assignment) => Partial<Assignment>): void {
  const now = world.assignment[row.subject.id];
  if (now) world.assignment = { ...world.assignment, [now.id]: { ...now, ...edit(now) } };
}

function add<K extends 'message' | 'note' | 'indicator' | 'report'>(world: World, kind: K, item: World[K][Id]): void {
  if (!(item.id in world[kind])) world[kind] = { ...world[kind], [item.id]: item };
}

const member = (now: Assignment, me: Me, fields: Partial<Assignment['members'][number]>) =>
  now.members.map((one) => (one.user_id === me.id ? { ...one, ...fields } : one));

/** A step of the crew; each time is set once, by the first report. */
const step = (command: string, column: 'accepted_at' | 'set_out_at' | 'arrived_at' | 'concluded_at'): Effect =>
  (world, row, me) =>
    change(world, row, (now) => {
      const answered_before = now.members.find((one) => one.user_id === me.id)?.answer ?? '';
      const verdict = judge(now.status, command, { answered: answered_before });
      if (verdict.outcome !== 'applied') return {};
      const answered = { answer: 'accept', answered_at: row.occurred_at } as const;
      return {
        status: verdict.to,
        [column]: now[column] ?? row.occurred_at,
        accepted_at: now.accepted_at ?? row.occurred_at,
        members: command === 'conclude' ? now.members : member(now, me, answered),
      };
    });

const report: Effect = (world, row, me) => {
  const target = world.assignment[row.subject.id];
  const fields = row.args.report;
  if (!target || !fields) return;
  const mine = Object.values(world.report).find((one) => one.assignment_id === target.id && one.author === me.id);
  const base = mine ?? {
    version: 0, case_id: target.case_id, assignment_id: target.id, author: me.id, author_name: me.name,
    filed_at: row.occurred_at, late: false, disputed: false, decided: null, ineffective_reason: '', words: '',
  };
  const item = { ...base, ...fields, id: mine?.id ?? fields.id, pending: wordOf(row) } as Report;
  world.report = { ...world.report, [item.id]: item };
};

const MASK: Record<string, (value: string) => string> = { account: maskTail, phone: maskPhone };

const EFFECTS: Record<string, Effect> = {
  accept: step('accept', 'accepted_at'),
  set_out: step('set_out', 'set_out_at'),
  arrive: step('arrive', 'arrived_at'),
  report,
  correct: report,
  conclude: (world, row, me) => {
    report(world, row, me);
    step('conclude', 'concluded_at')(world, row, me);
  },
  decline: (world, row, me) =>
    change(world, row, (now) => {
      const members = member(now, me, { answer: 'decline', answered_at: row.occurred_at, reason: row.args.reason });
      const all = members.every((one) => one.answer === 'decline');
      return { members, status: all && now.status === 'offered' ? 'declined' : now.status };
    }),
  confirm_stand_down: (world, row, me) =>
    change(world, row, (now) => ({ members: member(now, me, { stood_down_at: row.occurred_at }) })),
  ask_stop: (world, row) => change(world, row, (now) => ({ stop_asked_at: now.stop_asked_at ?? row.occurred_at })),
  check_in: (world, row) => change(world, row, () => ({ check_in_at: null })),
  help: (world, row) => change(world, row, () => ({ help_at: row.args.on ? row.occurred_at : null })),
  state: (world, row) => {
    const now = world.case[row.subject.id];
    if (now) world.case = { ...world.case, [now.id]: { ...now, victim_state: row.args.victim_state } as Case };
  },
  say: (world, row, me) => {
    const target = world.assignment[row.subject.id];
    if (!target) return;
    add(world, 'message', {
      id: row.args.id, version: 0, case_id: target.case_id, assignment_id: target.id, from: 'crew', by: me.id,
      by_name: me.name, canned: row.args.canned ?? null, text: row.args.text ?? '', sent_at: row.occurred_at,
      receipts: [], pending: wordOf(row),
    } satisfies Message);
  },
  duty: (world, row, me) => {
    const now = world.shift[row.subject.id];
    const edit = (one: Shift['members'][number]) => (one.user_id === me.id ? { ...one, duty: row.args.state, since: row.occurred_at } : one);
    if (now) world.shift = { ...world.shift, [now.id]: { ...now, members: now.members.map(edit) } };
  },
  note: (world, row, me) => add(world, 'note', noteOf(row, me, 'note', row.args.text)),
  photo: (world, row, me) => add(world, 'note', noteOf(row, me, 'photo', row.args.caption ?? '')),
  drop_photo: (world, row, me) => {
    const mine = Object.values(world.note).filter((one) => one.sha256 === row.args.sha256 && one.by_name === me.name);
    for (const one of mine) world.note = { ...world.note, [one.id]: { ...one, dropped_at: row.occurred_at } };
  },
  indicator: (world, row, me) =>
    add(world, 'indicator', {
      id: row.args.id, version: 0, case_id: row.subject.id, assignment_id: null, kind: row.args.kind,
      mask: (MASK[row.args.kind] ?? ((value: string) => value))(row.args.value), bank: row.args.bank ?? '',
      added_at: row.occurred_at, by_name: me.name, source: 'crew', pending: wordOf(row),
    } satisfies Indicator),
};

const noteOf = (row: CommandRow, me: Me, kind: Note['kind'], text: string): Note => ({
  id: row.args.id, version: 0, case_id: row.subject.id, kind, text, sha256: row.args.sha256 ?? null,
  pending: wordOf(row), at: row.occurred_at, by_name: me.name,
});
