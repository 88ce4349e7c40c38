/** Commands on disk: submit in one strict transaction, settle what the server answered, forget what is old. */

import { DEFER_RETRY_MS, FAULT_RETRY_MS, KEEP_SETTLED_MS, KEEP_TEXT_MS } from '../lib/constants';
import type { ClockOffset } from '../lib/clock';
import type { Id } from '../lib/types';
import { seal, type Order } from './envelope';
import { hasWords, noWords, UNREADABLE } from './outbox';
import type { BlobRow, CommandRow, Store } from './store';

export interface Photo { sha256: string; bytes: ArrayBuffer; mime: string; case_id: Id }

export interface Extra {
  /** The draft this command was typed in; gone in the same transaction. */
  draft?: { subject: Id; form: string };
  photo?: Photo;
  /** The hash of a photo the server will not take, given up by this command: its bytes go in the same transaction. */
  drop?: string;
}

export interface Result {
  cmd_id: Id; outcome: string; code?: string | null; version?: number; feed_seq?: number | null; replayed?: boolean;
  [key: string]: any;
}

export class Queue {
  constructor(private store: Store, private clock: ClockOffset, private now: () => number) {}

  /** Put a command on disk. Resolves only after `complete`: then, and only then, the screen says "saved on phone". */
  async submit(order: Order, extra: Extra = {}): Promise<CommandRow> {
    const { outbox } = this.store;
    for (;;) {
      // Hashing and sealing are asynchronous and would end an open transaction, so they come first, for the number seen.
      const seq: number = (await this.store.meta<number>('next_seq')) ?? 1;
      const sealed = await seal(order, seq, this.now(), this.clock);
      const row: CommandRow = {
        seq,
        cmd_id: order.cmd_id,
        type: order.type,
        subject: order.subject,
        subject_key: `${order.subject.kind}:${order.subject.id}`,
        args: order.args,
        status: 'queued',
        ...sealed,
      };
      const photo = extra.photo && (await outbox.photo(blobRow(extra.photo, this.now())));
      if (await this.put(await outbox.command(row), photo, extra)) return row;
      // Another tab took this number meanwhile, or began another key: seal again.
      await outbox.load();
    }
  }

  private put(row: CommandRow, photo: BlobRow | undefined, { draft, drop }: Extra): Promise<boolean> {
    return this.store.write(['meta', 'commands', 'drafts', 'blobs'], async (tx) => {
      const meta = tx.objectStore('meta');
      // Run again after a lost connection it may find itself done.
      if (await tx.objectStore('commands').index('cmd_id').getKey(row.cmd_id)) return true;
      if ((await meta.get('next_seq')) !== row.seq) return false;
      if (!(await this.store.outbox.holds(tx, [row, photo]))) return false;
      const blobs = tx.objectStore('blobs');
      const gone = drop && (await blobs.get(drop));
      // Dropped already, or taken again and on its way: there is nothing to give up.
      if (drop && (!gone || gone.state !== 'refused')) return true;
      await tx.objectStore('commands').add(row);
      await meta.put(row.seq + 1, 'next_seq');
      if (draft) await tx.objectStore('drafts').delete([draft.subject, draft.form]);
      if (photo) await blobs.put(photo);
      if (gone) await blobs.put({ ...gone, state: 'dropped', bytes: null });
      return true;
    });
  }

  /** What still has to go up, in order; a deferred one waits, and its lane with it. */
  async toSend(): Promise<CommandRow[]> {
    const rows = [...(await this.store.commandsOf('sent_unknown')), ...(await this.store.commandsOf('queued'))].sort((a, b) => a.seq - b.seq);
    const held = new Set(rows.filter((row) => isHeld(row, this.now())).map((row) => row.subject_key));
    return rows.filter((row) => !held.has(row.subject_key) && row.status !== 'stuck');
  }

  /** When the next deferred command may be asked about; 0 when none waits. */
  async heldUntil(): Promise<number> {
    const times = (await this.store.commandsOf('sent_unknown')).filter((row) => isHeld(row, this.now())).map((row) => row.retry_at!);
    return times.length ? Math.min(...times) : 0;
  }

  markSent = (rows: CommandRow[]): Promise<void> => this.change(rows, unlessSettled({ status: 'sent_unknown', sent_at: this.now() }));
  markStuck = (rows: CommandRow[], code: string): Promise<void> => this.change(rows, unlessSettled({ status: 'stuck', code }));
  /** Another door, or a server mended since, may take what was refused; what cannot be opened has nothing to send. */
  async freeStuck(): Promise<number> {
    const rows = (await this.store.commandsOf('stuck')).filter((row) => row.code !== UNREADABLE);
    await this.change(rows, unlessSettled({ status: 'queued', code: null }));
    return rows.length;
  }

  markRead = (rows: CommandRow[]): Promise<void> => this.change(rows, () => ({ read: true }));

  /** Write down the server's answers. Deferred stays to be asked again; a result nobody waits for is ignored.
   *
   * By `head` the feed holds whatever was done: also where the answer names no number (a noop: somebody was
   * faster), or one of a feed that is no more.
   */
  settle(results: Result[], head: number): Promise<void> {
    return this.store.write(['commands'], async (tx) => {
      const commands = tx.objectStore('commands');
      for (const { cmd_id, outcome, code, feed_seq, ...info } of results) {
        const row = await commands.index('cmd_id').get(cmd_id);
        if (!row || row.status === 'settled') continue;
        const answer: Partial<CommandRow> = { outcome, code: code ?? null, feed_seq: Math.min(feed_seq ?? head, head), info };
        const open: Partial<CommandRow> = { status: 'sent_unknown', deferred: (row.deferred ?? 0) + 1, retry_at: this.now() + waitOf(row, code) };
        const done: Partial<CommandRow> = { status: 'settled', settled_at: this.now(), retry_at: 0 };
        await commands.put({ ...row, ...answer, ...(outcome === 'deferred' ? open : done) });
      }
    });
  }

  /** Send these again, same bytes: the server said that it does not have them. */
  requeue = (ids: Id[]): Promise<number> => this.sendAgain((row) => ids.includes(row.cmd_id));

  /** The server knows fewer commands than it confirmed: it was restored from a backup. Send those again, same bytes. */
  requeueAbove = (knownSeq: number, askedAt: number): Promise<number> =>
    this.sendAgain((row) => row.seq > knownSeq && (row.settled_at ?? 0) < askedAt && row.outcome !== 'dead_letter');

  private sendAgain(which: (row: CommandRow) => boolean): Promise<number> {
    // Run a second time it finds none left: what counts is what the first found.
    let most = 0;
    return this.store.write(['commands'], async (tx) => {
      const commands = tx.objectStore('commands');
      const lost = (await commands.getAll()).filter((row) => row.status === 'settled' && hasWords(row) && which(row));
      for (const row of lost) await commands.put({ ...row, status: 'queued', outcome: undefined, feed_seq: null });
      return (most = Math.max(most, lost.length));
    });
  }

  /** Forget the words of settled commands with the shift, and the commands themselves after a week.
   *
   * What was refused and not read yet keeps its words: the member has not seen what was lost.
   */
  forgetOld(): Promise<void> {
    return this.store.write(['commands'], async (tx) => {
      const commands = tx.objectStore('commands');
      for (const row of await commands.getAll()) {
        const age = row.status === 'settled' ? this.now() - (row.settled_at ?? 0) : 0;
        if (mustBeRead(row)) continue;
        if (age > KEEP_SETTLED_MS) await commands.delete(row.seq);
        else if (age > KEEP_TEXT_MS && hasWords(row)) await commands.put(worn(row));
      }
    });
  }

  private change(rows: CommandRow[], to: (row: CommandRow) => Partial<CommandRow>): Promise<void> {
    return this.store.write(['commands'], async (tx) => {
      const commands = tx.objectStore('commands');
      for (const { seq } of rows) {
        const fresh = await commands.get(seq);
        if (fresh) await commands.put({ ...fresh, ...to(fresh) });
      }
    });
  }
}

/** Held until its time; a time further off than any wait was written by a clock that has been set back since. */
const isHeld = (row: CommandRow, now: number): boolean => (row.retry_at ?? 0) > now && row.retry_at! <= now + DEFER_RETRY_MS;

/** A fault of the server's own often passes in a moment; what waits for its subject is asked about each minute. */
const waitOf = ({ deferred = 0 }: CommandRow, code: Result['code']): number =>
  code === 'FAULT' ? Math.min(DEFER_RETRY_MS, FAULT_RETRY_MS * 2 ** deferred) : DEFER_RETRY_MS;

/** Another tab may have had the answer meanwhile; an answer stands. */
const unlessSettled = (fields: Partial<CommandRow>) => (row: CommandRow): Partial<CommandRow> => (row.status === 'settled' ? {} : fields);

const mustBeRead = (row: CommandRow): boolean => !row.read && (row.outcome === 'conflict' || row.outcome === 'dead_letter');

/** Id and hash for the count, the photo's hash while it goes up; no words, no names. */
const worn = (row: CommandRow): CommandRow => ({ ...row, ...noWords(row), sealed: undefined, info: {} });

const blobRow = (photo: Photo, at: number): BlobRow => ({
  sha256: photo.sha256, bytes: photo.bytes, mime: photo.mime, size: photo.bytes.byteLength,
  uploaded_offset: 0, state: 'waiting', case_id: photo.case_id, added_at: at,
});
