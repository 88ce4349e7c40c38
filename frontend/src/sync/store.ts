/** The phone's disk: one database for each user, additive upgrades only. */

import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb';
import { SCHEMA } from '../lib/constants';
import type { Id } from '../lib/types';
import { uuid7 } from '../lib/uuid7';

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
  sha: string;
  status: CommandStatus;
  occurred_at: string;
  sent_at?: number;
  settled_at?: number;
  outcome?: string;
  code?: string | null;
  feed_seq?: number | null;
  info?: Record<string, any>;
  /** A deferred one is asked about again then. */
  retry_at?: number;
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
  /** refused: the server will never take these bytes; the fact stands without them. */
  state: 'waiting' | 'done' | 'refused'; case_id: Id; added_at: number;
}

export interface DraftRow { subject: Id; form: string; values: any; updated_at: number }

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
  private db: IDBPDatabase<Schema> | null = null;
  private closedByUs = false;

  constructor(readonly name: string) {}

  async open(): Promise<void> {
    this.db = await openDB<Schema>(this.name, SCHEMA, {
      upgrade: (db, from) => {
        // Additive only: each version adds below, none takes away.
        if (from >= 1) return;
        db.createObjectStore('meta');
        db.createObjectStore('base', { keyPath: ['kind', 'id'] }).createIndex('case_id', 'case_id');
        const commands = db.createObjectStore('commands', { keyPath: 'seq' });
        commands.createIndex('cmd_id', 'cmd_id', { unique: true });
        commands.createIndex('lane', ['subject_key', 'seq']);
        commands.createIndex('status', 'status');
        db.createObjectStore('blobs', { keyPath: 'sha256' });
        db.createObjectStore('drafts', { keyPath: ['subject', 'form'] });
      },
      blocking: (_now, _next, event) => (event.target as IDBDatabase).close(),
      terminated: () => (this.db = null),
    });
    this.db.addEventListener('close', () => (this.db = null));
    await this.write(['meta'], async (tx) => {
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
    this.db?.close();
    this.db = null;
  }

  /** Run one strict transaction; resolves after `complete`. A connection the system closed is opened again once. */
  async write<T>(stores: Names[], work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      return await this.writeOnce(stores, work);
    } catch (error) {
      if (this.closedByUs || !isClosed(error)) throw error;
      await this.open();
      return this.writeOnce(stores, work);
    }
  }

  private async writeOnce<T>(stores: Names[], work: (tx: Tx) => Promise<T>): Promise<T> {
    if (!this.db) throw new StorageClosed();
    const tx = this.db.transaction(stores, 'readwrite', { durability: 'strict' }) as Tx;
    try {
      const result = await work(tx);
      await tx.done;
      return result;
    } catch (error) {
      tx.done.catch(() => undefined);
      try { tx.abort(); } catch { /* it had ended already */ }
      throw error;
    }
  }

  private async read<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    try {
      if (!this.db) throw new StorageClosed();
      return await work(this.db);
    } catch (error) {
      if (this.closedByUs || !isClosed(error)) throw error;
      await this.open();
      return work(this.db!);
    }
  }

  meta = <T = any>(key: string): Promise<T | undefined> => this.read((db) => db.get('meta', key));
  setMeta = (values: Record<string, any>): Promise<void> =>
    this.write(['meta'], async (tx) => {
      for (const [key, value] of Object.entries(values)) await tx.objectStore('meta').put(value, key);
    });

  async allMeta(): Promise<Meta> {
    return this.read(async (db) => {
      const tx = db.transaction('meta');
      const [keys, values] = await Promise.all([tx.store.getAllKeys(), tx.store.getAll()]);
      return Object.fromEntries(keys.map((key, i) => [key, values[i]])) as Meta;
    });
  }

  allBase = (): Promise<BaseRow[]> => this.read((db) => db.getAll('base'));
  allCommands = (): Promise<CommandRow[]> => this.read((db) => db.getAll('commands'));
  /** What is not settled, in order; a handful, whatever the week has left behind. */
  async unsettled(): Promise<CommandRow[]> {
    const rows = await Promise.all((['queued', 'sent_unknown', 'stuck'] as const).map((status) => this.commandsOf(status)));
    return rows.flat().sort((a, b) => a.seq - b.seq);
  }

  commandsOf = (status: CommandStatus): Promise<CommandRow[]> => this.read((db) => db.getAllFromIndex('commands', 'status', status));
  allBlobs = (): Promise<BlobRow[]> => this.read((db) => db.getAll('blobs'));
  blob = (sha256: string): Promise<BlobRow | undefined> => this.read((db) => db.get('blobs', sha256));
  draft = (subject: Id, form: string): Promise<DraftRow | undefined> =>
    this.read((db) => db.get('drafts', [subject, form]));
}

const isClosed = (error: unknown): boolean =>
  error instanceof StorageClosed || (error instanceof DOMException && error.name === 'InvalidStateError');

/** Tell whether the disk is full: the words stay in the form, and the member is told. */
export const isFull = (error: unknown): boolean => error instanceof DOMException && error.name === 'QuotaExceededError';
