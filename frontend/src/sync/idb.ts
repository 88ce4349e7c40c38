/** IndexedDB with promises: the little of it this app uses. Types are idb's; its code is left out of the first load. */

import type { DBSchema, IDBPTransaction, StoreNames } from 'idb';
import { OPEN_WITHIN_MS } from '../lib/constants';

const told = <T>(ask: IDBRequest<T>): Promise<T> =>
  new Promise((done, fail) => {
    ask.onsuccess = () => done(ask.result);
    ask.onerror = () => fail(ask.error);
  });

/** Open a database; `upgrade` gets it bare with the version found. A tab with a newer version ends this connection.
 *
 * Rejects with TimeoutError where the browser says nothing: another tab keeps the older version, or its disk hangs.
 */
export function openDB(name: string, version: number, upgrade: (db: IDBDatabase, from: number) => void): Promise<IDBDatabase> {
  const ask = indexedDB.open(name, version);
  ask.onupgradeneeded = (event) => upgrade(ask.result, event.oldVersion);
  let late = false;
  return new Promise((done, fail) => {
    const timer = setTimeout(() => {
      late = true;
      fail(new DOMException('', 'TimeoutError'));
    }, OPEN_WITHIN_MS);
    told(ask).finally(() => clearTimeout(timer)).then((db) => {
      db.onversionchange = () => db.close();
      if (late) db.close();
      else done(db);
    }, fail);
  });
}

/** A store or an index whose questions are promises. */
const asking = (of: any): any =>
  new Proxy(of, {
    get: (_of, key) => (...args: unknown[]) => {
      const asked = of[key](...args);
      return asked instanceof IDBRequest ? told(asked) : asking(asked);
    },
  });

/** Begin a transaction; `done` resolves after `complete`. */
export function begin<S extends DBSchema, M extends IDBTransactionMode>(
  db: IDBDatabase, stores: StoreNames<S>[], mode: M, options?: IDBTransactionOptions,
): IDBPTransaction<S, StoreNames<S>[], M> {
  const tx = db.transaction(stores as string[], mode, options);
  const done = new Promise<void>((complete, fail) => {
    tx.oncomplete = () => complete();
    tx.onabort = () => fail(tx.error ?? new DOMException('', 'AbortError'));
  });
  // Whoever reads, or has failed already, does not wait for it.
  done.catch(() => undefined);
  return { done, abort: () => tx.abort(), objectStore: (name: string) => asking(tx.objectStore(name)) } as any;
}
