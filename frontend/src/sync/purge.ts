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
