/** Cases lie encrypted on the phone, under a key that cannot be taken out of the browser.
 *
 * It stops someone who borrows the phone, not a laboratory (docs/phone.md). The key is the lease's: when it goes,
 * the rows it sealed are noise, and the next snapshot brings what the work still opens. What was typed here and is
 * not confirmed lies under a key of its own (outbox.ts).
 */

import { newKey, seal, unseal } from './aes';
import type { BaseRow, Store } from './store';

/** What a locked phone needs to ring, and what the roster says anyway. No name stands in either. */
const IN_CLEAR = new Set(['assignment', 'shift']);

export class Vault {
  private constructor(private key: CryptoKey) {}

  static async open(store: Store): Promise<Vault> {
    const fresh = await newKey();
    return store.write(['meta'], async (tx) => {
      const meta = tx.objectStore('meta');
      const kept: CryptoKey | undefined = await meta.get('vault_key');
      if (kept) return new Vault(kept);
      await meta.put(fresh, 'vault_key');
      // What lies here was sealed under a key that is gone: only a snapshot brings it back.
      await meta.put('', 'feed_gen');
      return new Vault(fresh);
    });
  }

  /** Seal what is about a person; offers and rosters pass as they are. */
  seal = (rows: BaseRow[]): Promise<BaseRow[]> =>
    Promise.all(rows.map(async (row) => (IN_CLEAR.has(row.kind) ? row : { ...row, body: await seal(this.key, tag(row), row.body) })));

  /** Open sealed rows; one that does not open is left out. */
  async open(rows: BaseRow[]): Promise<BaseRow[]> {
    const opened = await Promise.all(rows.map((row) => (isSealed(row) ? this.openRow(row) : row)));
    return opened.filter((row): row is BaseRow => row !== null);
  }

  private async openRow(row: BaseRow): Promise<BaseRow | null> {
    const opened = await unseal(this.key, tag(row), row.body);
    return opened && { ...row, ...opened };
  }
}

/** Rows of an earlier version may lie open; they are sealed when next written. */
const isSealed = (row: BaseRow): boolean => row.body?.iv !== undefined;

/** A sealed body moved to another row does not open. */
const tag = (row: BaseRow) => `${row.kind}:${row.id}`;
