/** The count check: number and xor of the hashed ids, by subject; what the server turns out to lack is sent again. */

import { sha256 } from '../lib/sha';
import type { Id } from '../lib/types';
import type { Transport } from './ports';
import type { Queue } from './queue';
import type { CommandRow, Store } from './store';

export interface Tally { id: Id; count: number; xor: string; ids?: Id[] }

/** What this phone knows to be at the server, by subject. */
export async function talliesOf(rows: CommandRow[], withIds = false): Promise<Tally[]> {
  const bySubject = new Map<Id, Id[]>();
  for (const row of rows) bySubject.set(row.subject.id, [...(bySubject.get(row.subject.id) ?? []), row.cmd_id]);
  return Promise.all([...bySubject].map(async ([id, ids]) => {
    const hashes = await Promise.all(ids.map((one) => sha256(one)));
    return { id, count: ids.length, xor: hashes.reduce(xor, ZERO), ...(withIds ? { ids } : {}) };
  }));
}

const ZERO = '0'.repeat(64);
const xor = (a: string, b: string): string => (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(16).padStart(64, '0');

/** Compare with the server and queue again what it lacks; null when it could not be asked. */
export async function checkCounts(store: Store, queue: Queue, transport: Transport): Promise<{ ok: boolean; again: number } | null> {
  const rows = await store.allCommands();
  const settled = rows.filter((row) => row.status === 'settled');
  const { device_id, epoch } = await store.allMeta();
  const ask = async (withIds: boolean) => {
    const json = { device_id, epoch, from_seq: rows[0]?.seq ?? 0, subjects: await talliesOf(settled, withIds) };
    const answer = await transport({ method: 'POST', path: 'sync/check', json });
    return answer.status === 200 ? (answer.body as { ok: boolean; missing?: Id[] }) : null;
  };
  const first = await ask(false);
  if (!first || first.ok) return first && { ok: true, again: 0 };
  const named = first.missing?.length ? first : await ask(true);
  return named && { ok: named.ok, again: await queue.requeue(named.missing ?? []) };
}
