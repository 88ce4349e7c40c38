/** The move table of an assignment, run as the server runs it; contract/vectors.json proves both give the same. */

import { assignment, rank } from '@contract/moves.json';
import type { Status } from '../lib/types';

export interface Facts { answered: string; voiced: boolean; taken_elsewhere: boolean; engaged: boolean; case_closed: boolean }
export interface Verdict { outcome: 'applied' | 'noop' | 'conflict' | 'flagged'; code: string; to: Status }

const RANK: Partial<Record<Status, number>> = rank;
const CALLED_OFF: Partial<Record<Status, string>> = { withdrawn: 'TAKEN', recalled: 'RECALLED', reassigned: 'REASSIGNED' };
const OVER: Status[] = ['declined', 'expired'];

/** What a crew's progress command leads to, read from the table: the furthest any of its rows goes. */
const PROGRESS = new Map<string, Status>();
for (const { command, to } of assignment) {
  const status = to as Status;
  const known = PROGRESS.get(command);
  if (known === undefined || (RANK[status] ?? 99) < (RANK[known] ?? 99)) PROGRESS.set(command, status);
}

const plain: Facts = { answered: '', voiced: false, taken_elsewhere: false, engaged: false, case_closed: false };

/** Return the verdict on a crew's command; what this phone cannot know counts as "no". */
export function judge(status: Status, command: string, known: Partial<Facts> = {}): Verdict {
  const facts = { ...plain, ...known };
  if (facts.voiced) return { outcome: 'noop', code: 'BY_VOICE', to: status };
  if (command === 'decline') return judgeDecline(status, facts);
  if (CALLED_OFF[status]) return { outcome: command === 'accept' ? 'conflict' : 'flagged', code: CALLED_OFF[status], to: status };
  if (OVER.includes(status)) return judgeLate(status, command, facts);
  return judgeProgress(status, command, facts);
}

/** Progress is a join: the further state wins, so duplicates and late arrivals converge. */
function judgeProgress(status: Status, command: string, facts: Facts): Verdict {
  const here = RANK[status] ?? 0;
  const to = PROGRESS.get(command)!;
  if (command === 'accept' && here >= 1 && here <= 3 && facts.answered !== 'accept') {
    return { outcome: 'applied', code: 'JOINED', to: status };
  }
  if (here >= (RANK[to] ?? 0)) return { outcome: 'noop', code: 'STALE', to: status };
  if (command === 'conclude' && status !== 'arrived') return { outcome: 'conflict', code: 'NOT_ARRIVED', to: status };
  if (status === 'offered' && facts.engaged) {
    return { outcome: command === 'accept' ? 'conflict' : 'flagged', code: 'ENGAGED', to: status };
  }
  return { outcome: 'applied', code: '', to };
}

/** An offer that ran out may still be taken, if nobody else goes and the crew is free. */
function judgeLate(status: Status, command: string, facts: Facts): Verdict {
  const outcome = command === 'accept' ? 'conflict' : 'flagged';
  if (facts.taken_elsewhere) return { outcome, code: 'TAKEN', to: status };
  if (facts.case_closed) return { outcome, code: 'CLOSED', to: status };
  if (facts.engaged) return { outcome, code: 'ENGAGED', to: status };
  if (command === 'conclude') return { outcome: 'conflict', code: 'NOT_ARRIVED', to: status };
  return { outcome: 'applied', code: 'LATE', to: PROGRESS.get(command)! };
}

function judgeDecline(status: Status, facts: Facts): Verdict {
  if (CALLED_OFF[status] || OVER.includes(status) || facts.answered === 'decline' || status === 'concluded') {
    return { outcome: 'noop', code: 'STALE', to: status };
  }
  if (status === 'arrived') return { outcome: 'conflict', code: 'ALREADY_ARRIVED', to: status };
  if (facts.answered === 'accept') return { outcome: 'conflict', code: 'ALREADY_ACCEPTED', to: status };
  return { outcome: 'applied', code: '', to: status };
}
