/** What was typed here lies sealed until it is confirmed: a command's words, drafts, photos.
 *
 * Its key is not the cases' (vault.ts), which goes at each sign-out: this one goes only in a transaction that finds
 * nothing unsent and takes every word with it (lease.ts, purge.ts), and a sealed row is written only in a
 * transaction that finds its key on the disk or puts it there. Where the browser cannot keep a key, words lie in
 * clear: better read than lost.
 */

import type { Id } from '../lib/types';
import { uuid7 } from '../lib/uuid7';
import { newKey, openBytes, seal, sealBytes, unseal, type Sealed } from './aes';
import type { BlobRow, CommandRow, DraftRow, Store, Tx } from './store';

export const OUTBOX_KEY = 'outbox_key';
/** The code of a command that is here and cannot be opened: stuck, shown, never dropped. */
export const UNREADABLE = 'UNREADABLE';

interface Kept { id: Id; key: CryptoKey }
type Words = Pick<CommandRow, 'text' | 'args'>;

export class Outbox {
  private keys = new Map<Id, Kept>();
  private mine: Kept | null = null;
  /** A command never changes: opened once, it is known. */
  private known = new Map<Id, Words>();

  constructor(private store: Store) {}

  /** Take the key that lies on the disk, or put one there; a key that does not come back from the disk is not used. */
  async load(): Promise<void> {
    try {
      if (!(await this.store.meta<Kept>(OUTBOX_KEY))) {
        const fresh: Kept = { id: uuid7(), key: await newKey() };
        await this.store.write(['meta'], (tx) => this.keep(tx, fresh));
      }
      const kept = (await this.store.meta<Kept>(OUTBOX_KEY))!;
      this.keys.set(kept.id, kept);
      this.mine = (await unseal(kept.key, '', await seal(kept.key, '', ''))) && kept;
    } catch {
      this.mine = null;
    }
  }

  private async keep(tx: Tx, one: Kept): Promise<boolean> {
    const meta = tx.objectStore('meta');
    const there: Kept | undefined = await meta.get(OUTBOX_KEY);
    if (!there) await meta.put(one, OUTBOX_KEY);
    return !there || there.id === one.id;
  }

  /** Inside the transaction that writes these: false where another tab's key lies on the disk; load it and seal again. */
  async holds(tx: Tx, rows: ({ sealed?: { k?: Id } | undefined } | undefined)[]): Promise<boolean> {
    for (const k of new Set(rows.map((row) => row?.sealed?.k))) if (k && !(await this.keep(tx, this.keys.get(k)!))) return false;
    return true;
  }

  async command(row: CommandRow): Promise<CommandRow> {
    this.known.set(row.cmd_id, { text: row.text, args: row.args });
    const sealed = await this.shut((key) => seal(key, tagOf(row), { text: row.text, args: row.args }));
    return sealed ? { ...row, ...noWords(row), sealed } : row;
  }

  async openCommand(row: CommandRow): Promise<CommandRow> {
    if (!row.sealed) return row;
    const words = this.known.get(row.cmd_id) ?? (await this.read(row.sealed, (key) => unseal(key, tagOf(row), row.sealed!)))?.body;
    if (words) this.known.set(row.cmd_id, words);
    if (words || row.status === 'settled') return { ...row, ...words };
    return { ...row, status: 'stuck', code: UNREADABLE };
  }

  async draft(row: DraftRow): Promise<DraftRow> {
    const sealed = await this.shut((key) => seal(key, draftTag(row), row.values));
    return sealed ? { ...row, values: null, sealed } : row;
  }

  async openDraft(row: DraftRow | undefined): Promise<DraftRow | undefined> {
    return row?.sealed ? { ...row, values: (await this.read(row.sealed, (key) => unseal(key, draftTag(row), row.sealed!)))?.body ?? null } : row;
  }

  async photo(row: BlobRow): Promise<BlobRow> {
    const sealed = row.bytes && (await this.shut((key) => sealBytes(key, row.sha256, row.bytes!)));
    if (!sealed) return row;
    const { data, ...lock } = sealed;
    return { ...row, bytes: data, sealed: lock };
  }

  /** The photo's own bytes; null where they are gone or cannot be opened. */
  async openPhoto({ bytes, sealed, sha256 }: BlobRow): Promise<ArrayBuffer | null> {
    return bytes && sealed ? this.read(sealed, (key) => openBytes(key, sha256, { ...sealed, data: bytes })) : bytes;
  }

  private async shut(work: (key: CryptoKey) => Promise<Sealed>): Promise<Sealed | null> {
    if (!this.mine) return null;
    const { id: k, key } = this.mine;
    return work(key).then((sealed) => ({ ...sealed, k }), () => null);
  }

  /** Another tab may have sealed it, under a key this one has not seen yet. */
  private async read<T>({ k }: { k?: Id }, work: (key: CryptoKey) => Promise<T | null>): Promise<T | null> {
    if (!this.keys.has(k!)) await this.load();
    const kept = this.keys.get(k!);
    return kept ? work(kept.key) : null;
  }
}

/** What stays in clear of a command that was sealed or is worn: a photo's hash, to know which is on its way. */
export const noWords = (row: CommandRow): Words => ({ text: '', args: row.args['sha256'] ? { sha256: row.args['sha256'] } : {} });

/** Are its words still here, to be sent again? */
export const hasWords = (row: CommandRow): boolean => Boolean(row.text || row.sealed);

const tagOf = (row: CommandRow): string => `command:${row.cmd_id}`;
const draftTag = (row: DraftRow): string => `draft:${row.subject}:${row.form}`;
