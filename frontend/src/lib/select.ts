/** Questions the screens ask of the world; pure. */

import { ms } from './text';
import type { Assignment, Case, Id, Line, Member, Message, Shift, Status, World } from './types';

const TAKEN: Status[] = ['accepted', 'en_route', 'arrived'];
const CALLED_OFF: Status[] = ['withdrawn', 'recalled', 'reassigned'];

const newest = (rows: Assignment[]): Assignment | null =>
  rows.reduce<Assignment | null>((best, row) => (!best || ms(row.offered_at) > ms(best.offered_at) ? row : best), null);

export const memberOf = (row: Assignment, me: Id): Member | null => row.members.find((one) => one.user_id === me) ?? null;
export const matesOf = (row: Assignment, me: Id): Member[] => row.members.filter((one) => one.user_id !== me);

const mine = (world: World, me: Id): Assignment[] => Object.values(world.assignment).filter((row) => memberOf(row, me));

/** The crew was called off and I have not confirmed. */
export const standDownFor = (world: World, me: Id): Assignment | null =>
  newest(mine(world, me).filter((row) => CALLED_OFF.includes(row.status) && !memberOf(row, me)!.stood_down_at));

interface Answered { type: string; outcome?: string | undefined; subject: { id: Id } }

/** What asks me: an open offer, or one my crew-mate has taken and I have not answered.
 *
 * A no stays a no where the server had to refuse it, as when my mate is there already: the desk decides, not the bell.
 */
export function offerFor(world: World, me: Id, commands: Answered[]): Assignment | null {
  const refused = commands.filter((one) => one.type === 'decline' && one.outcome === 'conflict').map((one) => one.subject.id);
  return newest(mine(world, me).filter((row) => (row.status === 'offered' || TAKEN.includes(row.status)) && !memberOf(row, me)!.answer && !refused.includes(row.id)));
}

/** From my mate's arrival on nothing rings: he may be sitting opposite. */
export const rings = (row: Assignment): boolean => row.status !== 'arrived';

/** What I am on. */
export const takenBy = (world: World, me: Id): Assignment | null =>
  newest(mine(world, me).filter((row) => TAKEN.includes(row.status) && memberOf(row, me)!.answer === 'accept'));

export const shiftOf = (world: World, me: Id, now: number): Shift | null =>
  Object.values(world.shift)
    .filter((shift) => shift.members.some((one) => one.user_id === me) && ms(shift.ends_at) > now)
    .sort((a, b) => ms(a.starts_at) - ms(b.starts_at))[0] ?? null;

export const todays = (world: World, me: Id): Assignment[] =>
  mine(world, me).sort((a, b) => ms(b.offered_at) - ms(a.offered_at));

export const linesOf = (world: World, caseId: Id): Line[] =>
  Object.values(world.line).filter((line) => line.case_id === caseId).sort((a, b) => ms(b.at) - ms(a.at));

export const messagesOf = (world: World, assignmentId: Id): Message[] =>
  Object.values(world.message).filter((one) => one.assignment_id === assignmentId).sort((a, b) => ms(b.sent_at) - ms(a.sent_at));

/** Where he is: the case's newest word of it, else what was told at the offer. */
export const whereOf = (row: Assignment, known: Case | undefined) => known?.whereabouts ?? row.whereabouts;

/** Which clock runs out first, and what for. */
export function lossClock(row: Assignment, known: Case | undefined): { at: string; why: 'transfer' | 'due' } | null {
  const transfer = known?.next_transfer_at ?? row.next_transfer_at;
  if (transfer) return { at: transfer, why: 'transfer' };
  const due = known?.due_at ?? row.due_at;
  return due ? { at: due, why: 'due' } : null;
}

/** The next named event of the ladder, and the last one that has passed. */
export function ladderNow(row: Assignment, now: number): { next: { do: string; team: string | null; left_s: number; of_s: number } | null; past: string | null } {
  const gone_s = (now - ms(row.offered_at)) / 1000;
  const steps = [...row.ladder].sort((a, b) => a.after_s - b.after_s);
  const at = steps.findIndex((step) => step.after_s > gone_s);
  const named = (index: number) => (index < 0 ? steps.length : index);
  const past = steps.slice(0, named(at)).at(-1)?.do ?? null;
  if (at < 0) return { next: null, past };
  const from_s = steps[at - 1]?.after_s ?? 0;
  return { next: { do: steps[at]!.do, team: steps[at]!.next_team ?? null, left_s: Math.ceil(steps[at]!.after_s - gone_s), of_s: steps[at]!.after_s - from_s }, past };
}
