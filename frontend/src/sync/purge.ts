/** Readable case data leaves the phone a day after the case did; never while a command about it is unsettled. */

import { PURGE_AFTER_MS, UNHEARD_TTL_MS } from '../lib/constants';
import { ms } from '../lib/text';
import type { Assignment, Id } from '../lib/types';
import { UNREADABLE } from './outbox';
import type { BaseRow, BlobRow, CommandRow, Store } from './store';

/** What time it is: by this phone, by the server as well as can be known, and how long the server has been silent. */
export interface Hour { now: number; server: number; silent_ms: number }

/** Return the cases whose data may go now, and which of them are over: by what lies on the disk alone, no network is asked. */
export function purgeable(base: BaseRow[], commands: CommandRow[], blobs: BlobRow[], hour: Hour): Map<Id, { over: boolean }> {
  const byCase = new Map<Id, BaseRow[]>();
  for (const row of base) if (row.case_id) byCase.set(row.case_id, [...(byCase.get(row.case_id) ?? []), row]);
  const busy = new Set(commands.filter((row) => isFresh(row, hour.now)).map((row) => row.subject.id));
  for (const blob of blobs) if (blob.state === 'waiting') busy.add(blob.case_id);
  const mayGo = new Map<Id, { over: boolean }>();
  for (const [id, rows] of byCase) {
    if (busy.has(id) || rows.some((row) => busy.has(row.id))) continue;
    const over = isOver(rows, hour);
    if (over || isUnheard(rows, hour)) mayGo.set(id, { over });
  }
  return mayGo;
}

/** A command holds its subject until a day after it was settled. */
const isFresh = (row: CommandRow, now: number): boolean =>
  row.status !== 'settled' || now - (row.settled_at ?? 0) < PURGE_AFTER_MS;

const visitsIn = (rows: BaseRow[]): Assignment[] => rows.filter((row) => row.kind === 'assignment').map((row) => row.body as Assignment);

/** Every visit of it ended a day ago. */
function isOver(rows: BaseRow[], { server }: Hour): boolean {
  const visits = visitsIn(rows);
  return visits.length > 0 && visits.every((row) => row.ended_at && server - ms(row.ended_at) > PURGE_AFTER_MS);
}

/** Nothing was heard of it for so long that a network would be needed to know. A visit the server still speaks of stays, whatever this phone's clock says. */
const isUnheard = (rows: BaseRow[], { now, silent_ms }: Hour): boolean =>
  (silent_ms > UNHEARD_TTL_MS || !visitsIn(rows).length) && rows.every((row) => now - row.at > UNHEARD_TTL_MS);

/** Purge what may go; true when something went. */
export async function purge(store: Store, hour: Hour): Promise<boolean> {
  const gone = purgeable(await store.allBase(), await store.allCommands(), await store.allBlobs(), hour);
  if (!gone.size) return false;
  await store.write(['meta', 'base', 'blobs', 'drafts', 'commands'], async (tx) => {
    const base = await tx.objectStore('base').getAll();
    const leaving = base.filter((row) => row.case_id && gone.has(row.case_id));
    const subjects = new Set([...gone.keys(), ...leaving.map((row) => row.id)]);
    // A command given since the look around keeps its case.
    const commands = await tx.objectStore('commands').getAll();
    if (commands.some((row) => row.status !== 'settled' && subjects.has(row.subject.id))) return;
    // What goes unheard may be alive: only a snapshot brings it back.
    if ([...gone.values()].some(({ over }) => !over)) await tx.objectStore('meta').put('', 'feed_gen');
    for (const row of leaving) await tx.objectStore('base').delete([row.kind, row.id]);
    for (const blob of await tx.objectStore('blobs').getAll())
      if (gone.has(blob.case_id)) await tx.objectStore('blobs').delete(blob.sha256);
    for (const draft of await tx.objectStore('drafts').getAll())
      if (subjects.has(draft.subject)) await tx.objectStore('drafts').delete([draft.subject, draft.form]);
    for (const row of commands) if (subjects.has(row.subject.id)) await tx.objectStore('commands').put({ ...row, text: '', args: {}, sealed: undefined });
  });
  return true;
}

/** Lock at sign-out: the key goes, so names and numbers are noise; with nothing unsent the cases go too.
 *
 * Commands and photos stay, and the key they are sealed with: they are this member's, and go up at the next sign-in.
 * The next start takes a snapshot.
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

/** Wipe after revocation: everything but the numbers of what was handed over; false while something is unsent.
 *
 * What cannot be opened can never be handed over, and keeps nothing else here.
 */
export async function wipe(store: Store): Promise<boolean> {
  const lost = new Set((await store.allCommands()).filter((row) => row.code === UNREADABLE).map((row) => row.seq));
  return store.write(['meta', 'base', 'commands', 'blobs', 'drafts'], async (tx) => {
    const open = (await tx.objectStore('commands').getAll()).some((row) => row.status !== 'settled' && row.status !== 'stuck' && !lost.has(row.seq));
    const photos = (await tx.objectStore('blobs').getAll()).some((blob) => blob.state === 'waiting' && blob.bytes);
    if (open || photos) return false;
    for (const name of ['base', 'commands', 'blobs', 'drafts'] as const) await tx.objectStore(name).clear();
    const meta = tx.objectStore('meta');
    for (const key of await meta.getAllKeys()) if (!KEPT.has(key)) await meta.delete(key);
    await meta.put('', 'feed_gen');
    return true;
  });
}

/** What a wiped phone still needs to say that it was wiped. */
const KEPT = new Set(['device_id', 'epoch', 'next_seq', 'schema', 'cursor', 'offset_ms', 'offset_at']);
