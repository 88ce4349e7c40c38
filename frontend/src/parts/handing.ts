/** The crew's handover, asked of the server: it lists what only the server knows, so it wants a network. */

import type { Id, Shift, World } from '../lib/types';
import { ms } from '../lib/text';
import type { Answer } from '../sync/ports';
import { transport } from '../sync/browser';
import { locale } from '../words/index.svelte';

interface Person { id: Id; name: string }
export interface Handing {
  id: Id; status: 'open' | 'signed' | 'accepted'; notes: string; returned_reason: string;
  turn: { kind: 'crew' | 'desk'; id: Id; what: string; starts_at: string; ends_at: string };
  signed_at: string | null; signed_by: Person | null; signed_for: Person | null;
  accepted_at: string | null; accepted_by: Person | null; accepted_for: Person | null;
}
export interface Detail extends Handing {
  listed: {
    assignments: { number: string; status: string }[]; cannot_ring: { name: string }[]; unsent: { name: string; count: number }[];
  };
  blocks: { code: 'still_taken' | 'unsettled_phone'; what: string[] }[];
}

/** A handover nobody took for a day is the desk's to settle. */
const STALE_MS = 24 * 3_600_000;

/** The turn I am on, or was on last. */
export const turnOf = (world: World, me: Id, now: number): Shift | null =>
  Object.values(world.shift).filter((one) => ms(one.starts_at) <= now && one.members.some((member) => member.user_id === me))
    .sort((a, b) => ms(b.starts_at) - ms(a.starts_at))[0] ?? null;

/** One question at a time, in their order: the answer to a hold is never lost to the look of every ten seconds. */
export function turns(): { busy: boolean; ask<T>(work: () => Promise<T>): Promise<T> } {
  let last: Promise<unknown> = Promise.resolve();
  const self = {
    busy: false,
    ask<T>(work: () => Promise<T>): Promise<T> {
      self.busy = true;
      const mine = last.then(work, work);
      last = mine;
      void mine.catch(() => undefined).finally(() => last === mine && (self.busy = false));
      return mine;
    },
  };
  return self;
}

const ask = (method: 'GET' | 'POST', path: string, json?: unknown): Promise<Answer> =>
  transport({ method, path, headers: { 'Accept-Language': locale.lang }, ...(json === undefined ? {} : { json }) });

/** What waits for me: the other crew's signed handover, else my own turn's, begun if need be; null where there is none. */
export async function look(turn: Shift | null, me: Id, now: number): Promise<Answer | null> {
  const all = await ask('GET', 'handovers');
  if (all.status !== 200) return all;
  const waits = (all.body.handovers as Handing[]).find((row) => row.status === 'signed' && row.turn.kind === 'crew' && row.turn.id !== turn?.id
    && row.signed_by?.id !== me && row.signed_for?.id !== me && now - ms(row.turn.ends_at) < STALE_MS);
  if (waits) return ask('GET', `handovers/${waits.id}`);
  return turn && ask('POST', 'handovers', { shift: turn.id });
}

export const again = (row: Handing): Promise<Answer> => ask('GET', `handovers/${row.id}`);

/** The note first: what is signed is what is written. */
export async function sign(row: Handing, notes: string): Promise<Answer> {
  const kept = notes === row.notes ? null : await ask('POST', `handovers/${row.id}/notes`, { text: notes });
  return kept && kept.status !== 200 ? kept : ask('POST', `handovers/${row.id}/sign`, {});
}

export const giveBack = (row: Handing, reason: string): Promise<Answer> => ask('POST', `handovers/${row.id}/return`, { reason });

export const accept = (row: Handing): Promise<Answer> => ask('POST', `handovers/${row.id}/accept`, {});
