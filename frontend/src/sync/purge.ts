/** Readable case data leaves the phone a day after the case did; never while a command about it is unsettled. */

import { PURGE_AFTER_MS } from '../lib/constants';
import { ms } from '../lib/text';
import type { Assignment, Id, World } from '../lib/types';
import type { CommandRow, Store } from './store';

/** Return the cases whose data may go now. */
export function purgeable(world: World, commands: CommandRow[], now: number): Id[] {
  const byCase = new Map<Id, Assignment[]>();
  for (const row of Object.values(world.assignment)) byCase.set(row.case_id, [...(byCase.get(row.case_id) ?? []), row]);
  const busy = new Set(commands.filter((row) => row.status !== 'settled').map((row) => row.subject.id));
  const isOver = (row: Assignment) => row.ended_at !== null && now - ms(row.ended_at) > PURGE_AFTER_MS && !busy.has(row.id);
  return [...byCase].filter(([id, rows]) => !busy.has(id) && rows.every(isOver)).map(([id]) => id);
}

export async function purge(store: Store, cases: Id[]): Promise<void> {
  if (!cases.length) return;
  const gone = new Set(cases);
  await store.write(['base', 'blobs'], async (tx) => {
    for (const row of await tx.objectStore('base').getAll())
      if (row.case_id && gone.has(row.case_id)) await tx.objectStore('base').delete([row.kind, row.id]);
    for (const blob of await tx.objectStore('blobs').getAll())
      if (gone.has(blob.case_id) && blob.state === 'done') await tx.objectStore('blobs').delete(blob.sha256);
  });
}

/** Lock at sign-out: the key goes, so names and numbers are noise; with nothing unsent the cases go too.
 *
 * Commands and photos stay: they are this member's, and go up at the next sign-in. The next start takes a snapshot.
 */
export async function lock(store: Store, everything: boolean): Promise<void> {
  await store.write(['meta', 'base', 'drafts'], async (tx) => {
    await tx.objectStore('meta').delete('vault_key');
    await tx.objectStore('meta').put('', 'feed_gen');
    if (!everything) return;
    await tx.objectStore('base').clear();
    await tx.objectStore('drafts').clear();
  });
}
