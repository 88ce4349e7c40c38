/** The phone's disk: one database for each user, additive upgrades only. */

import type { DBSchema, IDBPObjectStore, IDBPTransaction, StoreNames } from 'idb';
import { SCHEMA } from '../lib/constants';
import type { Id } from '../lib/types';
import { uuid7 } from '../lib/uuid7';
import type { Sealed } from './aes';
import { begin, openDB } from './idb';
import { Outbox } from './outbox';

export type CommandStatus = 'queued' | 'sent_unknown' | 'settled' | 'stuck';

export interface CommandRow {
  seq: number;
  cmd_id: Id;
  type: string;
  subject: { kind: string; id: Id };
  subject_key: string;
  args: Record<string, any>;
  /** The envelope, serialised once; exactly these bytes are sent, always. */
  text: string;
  /** On the disk: arguments and text, sealed (outbox.ts); readers of the store get them open. */
  sealed?: Sealed | undefined;
  sha: string;
  status: CommandStatus;
  occurred_at: string;
  sent_at?: number;
  settled_at?: number;
  outcome?: string;
  code?: string | null;
  feed_seq?: number | null;
  info?: Record<string, any>;
  /** A deferred one is asked about again then; so often it was deferred. */
  retry_at?: number;
  deferred?: number;
  /** The member has read the refusal. */
  read?: boolean;
}

export interface BaseRow {
  kind: string; id: Id; case_id: Id | null; version: number; body: any; at: number;
  /** The server no longer shows it; it stays for the commands about it that are not settled. */
  detached?: boolean;
}

export interface BlobRow {
  sha256: string; bytes: ArrayBuffer | null; mime: string; size: number; uploaded_offset: number;
  /** The bytes are sealed: `photo` opens them. */
  sealed?: Omit<Sealed, 'data'>;
  /** refused: the server will never take these bytes; the fact stands without them. dropped: and its member knows. */
  state: 'waiting' | 'done' | 'refused' | 'dropped'; case_id: Id; added_at: number;
  /** Why it was refused: a code. */
  reason?: string;
}

export interface DraftRow { subject: Id; form: string; values: any; updated_at: number; sealed?: Sealed }

export interface Meta {
  device_id: Id; epoch: Id; cursor: number; feed_gen: string; next_seq: number;
  offset_ms: number | null; offset_at: number | null; schema: number;
  [key: string]: any;
}

interface Schema extends DBSchema {
  meta: { key: string; value: any };
  base: { key: [string, Id]; value: BaseRow; indexes: { case_id: Id } };
  commands: { key: number; value: CommandRow; indexes: { cmd_id: Id; lane: [string, number]; status: string } };
  blobs: { key: string; value: BlobRow };
  drafts: { key: [Id, string]; value: DraftRow };
}

type Names = StoreNames<Schema>;
export type Tx = IDBPTransaction<Schema, Names[], 'readwrite'>;
export class StorageClosed extends Error {}

/** The database of one user. Every write that the screen calls "saved" is strict: on disk before `complete`. */
export class Store {
  private db: IDBDatabase | null = null;
  private connecting: Promise<void> | null = null;
  private closedByUs = false;
  readonly outbox = new Outbox(this);

  constructor(readonly name: string) {}

  async open(): Promise<void> {
    await this.connect();
    await this.outbox.load();
  }

  /** Everybody who finds the connection lost waits for the same new one. */
  private connect(): Promise<void> {
    this.connecting ??= this.connectOnce().finally(() => (this.connecting = null));
    return this.connecting;
  }

  private async connectOnce(): Promise<void> {
    const db = await openDB(this.name, SCHEMA, (db, from) => {
      // Additive only: each version adds below, none takes away. 2 has the same stores with sealed words in them:
      // a tab of the version before would send empty ones, so its connection must end.
      if (from >= 1) return;
      db.createObjectStore('meta');
      db.createObjectStore('base', { keyPath: ['kind', 'id'] }).createIndex('case_id', 'case_id');
      const commands = db.createObjectStore('commands', { keyPath: 'seq' });
      commands.createIndex('cmd_id', 'cmd_id', { unique: true });
      commands.createIndex('lane', ['subject_key', 'seq']);
      commands.createIndex('status', 'status');
      db.createObjectStore('blobs', { keyPath: 'sha256' });
      db.createObjectStore('drafts', { keyPath: ['subject', 'form'] });
    });
    // Closed while this was under way: a second life of this engine would feed the same screen.
    if (this.closedByUs) {
      db.close();
      throw new StorageClosed();
    }
    db.onclose = () => this.db === db && (this.db = null);
    this.db = db;
    await this.writeOnce(['meta'], async (tx) => {
      const meta = tx.objectStore('meta');
      if ((await meta.get('epoch')) !== undefined) return;
      const first: Meta = {
        device_id: uuid7(), epoch: uuid7(), cursor: 0, feed_gen: '', next_seq: 1,
        offset_ms: null, offset_at: null, schema: SCHEMA,
      };
      for (const [key, value] of Object.entries(first)) await meta.put(value, key);
    });
  }

  close(): void {
    this.closedByUs = true;
    this.drop();
  }

  /** Run one strict transaction; resolves after `complete`.
   *
   * On a connection the system took away it is run again, once: also where it had committed and only the word of
   * that was lost, so `work` must do no harm when it finds its own work done.
   */
  write<T>(stores: Names[], work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.twice(() => this.writeOnce(stores, work));
  }

  private async twice<T>(work: () => Promise<T>): Promise<T> {
    const used = this.db;
    try {
      return await work();
    } catch (error) {
      if (this.closedByUs || !isLost(error)) throw error;
      if (this.db === used) this.drop();
      if (!this.db) await this.connect();
      return work();
    }
  }

  private drop(): void {
    this.db?.close();
    this.db = null;
  }

  private async writeOnce<T>(stores: Names[], work: (tx: Tx) => Promise<T>): Promise<T> {
    if (!this.db) throw new StorageClosed();
    const tx: Tx = begin<Schema, 'readwrite'>(this.db, stores, 'readwrite', { durability: 'strict' });
    try {
      const result = await work(tx);
      await tx.done;
      return result;
    } catch (error) {
      try { tx.abort(); } catch { /* it had ended already */ }
      throw error;
    }
  }

  private read<N extends Names, T>(name: N, work: (store: IDBPObjectStore<Schema, N[], N>) => Promise<T>): Promise<T> {
    return this.twice(async () => {
      if (!this.db) throw new StorageClosed();
      return work(begin<Schema, 'readonly'>(this.db, [name], 'readonly').objectStore(name) as any);
    });
  }

  meta = <T = any>(key: string): Promise<T | undefined> => this.read('meta', (store) => store.get(key));
  setMeta = (values: Record<string, any>): Promise<void> =>
    this.write(['meta'], async (tx) => {
      for (const [key, value] of Object.entries(values)) await tx.objectStore('meta').put(value, key);
    });

  async allMeta(): Promise<Meta> {
    return this.read('meta', async (store) => {
      const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()]);
      return Object.fromEntries(keys.map((key, i) => [key, values[i]])) as Meta;
    });
  }

  allBase = (): Promise<BaseRow[]> => this.read('base', (store) => store.getAll());
  private opened = async (rows: Promise<CommandRow[]>): Promise<CommandRow[]> => Promise.all((await rows).map((row) => this.outbox.openCommand(row)));
  allCommands = (): Promise<CommandRow[]> => this.opened(this.read('commands', (store) => store.getAll()));
  /** What is not settled, in order; a handful, whatever the week has left behind. */
  async unsettled(): Promise<CommandRow[]> {
    const rows = await Promise.all((['queued', 'sent_unknown', 'stuck'] as const).map((status) => this.commandsOf(status)));
    return rows.flat().sort((a, b) => a.seq - b.seq);
  }

  commandsOf = (status: CommandStatus): Promise<CommandRow[]> => this.opened(this.read('commands', (store) => store.index('status').getAll(status)));
  allBlobs = (): Promise<BlobRow[]> => this.read('blobs', (store) => store.getAll());
  blob = (sha256: string): Promise<BlobRow | undefined> => this.read('blobs', (store) => store.get(sha256));
  draft = async (subject: Id, form: string): Promise<DraftRow | undefined> =>
    this.outbox.openDraft(await this.read('drafts', (store) => store.get([subject, form])));
}

/** How browsers say that the connection is gone: closed, taken away (WebKit in the background), cut off in the middle. */
const LOST = new Set(['InvalidStateError', 'UnknownError', 'AbortError']);
const isLost = (error: unknown): boolean => error instanceof StorageClosed || (error instanceof DOMException && LOST.has(error.name));

/** Tell whether the disk is full: the words stay in the form, and the member is told. */
export const isFull = (error: unknown): boolean => error instanceof DOMException && error.name === 'QuotaExceededError';
