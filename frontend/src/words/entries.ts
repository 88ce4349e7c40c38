/** The log: timeline lines and messages in one list, newest first, in words. */

import { linesOf, messagesOf } from '../lib/select';
import { ms } from '../lib/text';
import type { Id, Message, World } from '../lib/types';
import { lineWords } from './lines';
import { of, t } from './index.svelte';

export interface Entry { id: Id; at: string; code: string; text: string; sub: string; bold: boolean }

/** What belongs to the desk's own bookkeeping and tells a crew nothing: it has no words here. */
export const QUIET = new Set(['message', 'offered', 'revealed', 'triaged', 'person.history', 'merged', 'unmerged', 'call.opened', 'auto.planned', 'auto.held', 'auto.skipped']);

export function entriesFor(world: World, me: Id, caseId: Id, assignmentId: Id, since: string): Entry[] {
  const lines = linesOf(world, caseId)
    .filter((line) => !QUIET.has(line.code))
    .map((line) => ({ id: line.id, at: line.at, code: line.code, text: lineWords(line), sub: '', bold: false }));
  const messages = assignmentId ? messagesOf(world, assignmentId).map((one) => entryOf(one, me)) : [];
  const from = since ? ms(since) - 1000 : 0;
  return [...lines, ...messages].filter((entry) => ms(entry.at) >= from).sort((a, b) => ms(b.at) - ms(a.at));
}

function entryOf(message: Message, me: Id): Entry {
  const text = message.canned ? of('canned', message.canned) : message.text;
  const who = message.from === 'desk' ? t('action.desk_said') : message.by === me ? t('action.you') : message.by_name;
  const word = message.pending ? of('word', message.pending) : seenBy(message, me);
  return { id: message.id, at: message.sent_at, code: 'message', text, sub: [who, word].filter(Boolean).join(' · '), bold: message.from === 'desk' };
}

/** Who of the readers has it on the screen; a fact of each person. */
function seenBy(message: Message, me: Id): string {
  const names = message.receipts.filter((one) => one.seen_at).map((one) => (one.user_id === me ? t('action.you') : one.name));
  if (!names.length) return message.from === 'crew' ? t('word.confirmed') : t('action.not_seen');
  return t('action.seen_by', { names: names.reduce((a, b) => t('action.and', { a, b })) });
}
