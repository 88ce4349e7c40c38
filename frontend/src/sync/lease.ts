/** The lease: how long readable data may stay on this phone without a word from the server.
 *
 * It runs with the shift and is renewed by every answer of the server. When it is over the key goes, and with it
 * everything readable; never while something is unsent.
 */

import { LEASE_GRACE_MS } from '../lib/constants';
import { ms } from '../lib/text';
import { OUTBOX_KEY } from './outbox';
import type { Store } from './store';

/** When the lease ends: some hours after the shift, or after the server was last heard of, whichever is later. */
export const leaseEnd = (shiftEnds: string | null, heardAt: number): number =>
  Math.max(shiftEnds ? ms(shiftEnds) : 0, heardAt) + LEASE_GRACE_MS;

export async function isLeaseOver(store: Store, now: number): Promise<boolean> {
  const until = await store.meta<number>('lease_until');
  return until !== undefined && until > 0 && now > until;
}

/** Wipe what is readable, in one transaction; false and nothing touched while something is unsent. */
export function endLease(store: Store): Promise<boolean> {
  return store.write(['meta', 'base', 'commands', 'blobs', 'drafts'], async (tx) => {
    const commands = await tx.objectStore('commands').getAll();
    const blobs = await tx.objectStore('blobs').getAll();
    if (commands.some((row) => row.status !== 'settled') || blobs.some((blob) => blob.state === 'waiting')) return false;
    // Of what is confirmed, number and hash stay for the count at the end of the shift; the words go.
    for (const row of commands) await tx.objectStore('commands').put({ ...row, text: '', args: {}, sealed: undefined });
    await Promise.all([tx.objectStore('base').clear(), tx.objectStore('drafts').clear(), tx.objectStore('blobs').clear()]);
    const meta = tx.objectStore('meta');
    await Promise.all([meta.delete('vault_key'), meta.delete(OUTBOX_KEY)]);
    await Promise.all([meta.put('', 'feed_gen'), meta.put(0, 'lease_until')]);
    return true;
  });
}
