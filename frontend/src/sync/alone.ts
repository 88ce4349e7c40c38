/** One pump for all tabs where the browser has no locks: a lease row on disk, renewed while the work runs. */

import { PUMP_ASK_MS, PUMP_LEASE_MS } from '../lib/constants';
import { uuid7 } from '../lib/uuid7';
import type { Alone, Time } from './ports';
import type { Store } from './store';

interface Lease { owner: string; until: number }

/** Return an `Alone` that keeps others out by a row in `store`; a holder that died is waited for, at most one lease. */
export function leased(store: Store, time: Time): Alone {
  const owner = uuid7();
  const pause = (ms: number) => new Promise<void>((done) => void time.after(ms, done));

  const take = (key: string): Promise<boolean> =>
    store.write(['meta'], async (tx) => {
      const held: Lease | undefined = await tx.objectStore('meta').get(key);
      const now = time.now();
      // A lease from the future is one whose clock was set back: it would never end.
      if (held && held.owner !== owner && held.until > now && held.until <= now + PUMP_LEASE_MS) return false;
      await tx.objectStore('meta').put({ owner, until: now + PUMP_LEASE_MS } satisfies Lease, key);
      return true;
    });

  const give = (key: string): Promise<void> =>
    store.write(['meta'], async (tx) => {
      const held: Lease | undefined = await tx.objectStore('meta').get(key);
      if (held?.owner === owner) await tx.objectStore('meta').delete(key);
    });

  return async (name, work) => {
    const key = `lease:${name}`;
    while (!(await take(key))) await pause(PUMP_ASK_MS);
    let callOff = () => {};
    const renew = () => (callOff = time.after(PUMP_LEASE_MS / 3, () => void take(key).then(renew, () => undefined)));
    renew();
    try {
      await work();
    } finally {
      callOff();
      await give(key);
    }
  };
}
