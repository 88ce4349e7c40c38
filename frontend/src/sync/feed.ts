/** The way down: pages applied in order, cursor and rows in one transaction; a snapshot where there is a gap. */

import { FEED_PAGE } from '../lib/constants';
import type { FeedEvent, Id, Kind, World } from '../lib/types';
import { isNewer, rowsOf, rowsOfSnapshot, withRows, worldOf } from './base';
import type { Answer, Transport } from './ports';
import type { BaseRow, CommandRow, Store } from './store';
import type { Vault } from './vault';

export interface FeedHost {
  /** A page is on disk and in memory. */
  applied(events: FeedEvent[], fresh: boolean): void;
  /** `torn`: the server's past is not the one this phone had seen; it may have been restored from a backup. */
  snapshotTaken(snapshot: any, torn: boolean, askedAt: number): Promise<void>;
  refused(answer: Answer): void;
}

export type Applied = 'applied' | 'gap' | 'old';

export class Feed {
  cursor = 0;
  gen = '';
  base: World;
  /** What is kept here although the server no longer shows it. */
  detached: Id[] = [];
  /** A phone that leaves forgets: nothing more comes in, however it comes. */
  shut = false;
  private holding = false;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private store: Store, private vault: Vault, private transport: Transport, private now: () => number, private host: FeedHost,
  ) {
    this.base = worldOf([]);
  }

  /** Read what is on disk: the app opens on this, with or without a network. */
  async load(): Promise<void> {
    const meta = await this.store.allMeta();
    [this.cursor, this.gen] = [meta.cursor, meta.feed_gen];
    const rows = await this.store.allBase();
    this.hold(rows);
    this.base = worldOf(await this.vault.open(rows));
  }

  private hold(rows: BaseRow[]): void {
    this.holding = rows.some((row) => row.detached);
    this.detached = rows.filter((row) => row.detached && (row.kind === 'assignment' || row.kind === 'case')).map((row) => row.id);
  }

  /** Take events as they came; they wait for their turn behind a pull that runs. */
  take = (events: FeedEvent[]): Promise<Applied> => this.inTurn(() => this.apply(events));

  /** Catch up from the cursor by HTTP; false when nothing could be learnt. */
  pull = (): Promise<boolean> => this.inTurn(() => this.pullAll());

  snapshot = (reason = ''): Promise<boolean> => this.inTurn(() => this.takeSnapshot(isTorn(reason)));

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.turn.then(work, work);
    this.turn = next.catch(() => undefined);
    return next;
  }

  private async pullAll(): Promise<boolean> {
    if (this.shut) return false;
    if (!this.gen) return this.takeSnapshot(false);
    for (;;) {
      const path = `sync/feed?gen=${this.gen}&after=${this.cursor}&limit=${FEED_PAGE}`;
      const answer = await this.transport({ method: 'GET', path });
      if (answer.status === 410) return this.takeSnapshot(isTorn(answer.body?.reason ?? answer.code));
      if (answer.status !== 200) return this.refuse(answer);
      if ((await this.apply(answer.body.events)) === 'gap') return this.takeSnapshot(false);
      if (!answer.body.has_more) return true;
    }
  }

  /** Apply a page only if it continues at the cursor; what was had already is skipped. */
  private async apply(events: FeedEvent[]): Promise<Applied> {
    const page = events.filter((event) => event.seq > this.cursor);
    if (!page.length || this.shut) return 'old';
    if (page.some((event, i) => event.seq !== this.cursor + 1 + i)) return 'gap';
    const rows = page.flatMap((event) => rowsOf(event, this.now()));
    const sealed = await this.vault.seal(rows);
    let again = false;
    const written = await this.store.write(['meta', 'base'], async (tx) => {
      const meta = tx.objectStore('meta');
      const at: number = await meta.get('cursor');
      // Run again after a lost connection it may find its own page applied; another tab's is read from the disk.
      if (at !== this.cursor && !(again && at === page.at(-1)!.seq)) return null;
      again = true;
      const kept: number[] = [];
      for (const [i, row] of sealed.entries()) {
        const there = await tx.objectStore('base').get([row.kind, row.id]);
        if (!isNewer(there, row)) continue;
        await tx.objectStore('base').put(row);
        kept.push(i);
      }
      await meta.put(page.at(-1)!.seq, 'cursor');
      return kept;
    });
    if (!written) return this.reload();
    this.cursor = page.at(-1)!.seq;
    this.base = withRows(this.base, written.map((i) => rows[i]!));
    this.host.applied(page, true);
    return 'applied';
  }

  /** Another tab was faster: take its work from disk. */
  private async reload(): Promise<Applied> {
    await this.load();
    this.host.applied([], false);
    return 'old';
  }

  /** Keep a body that came outside the feed, such as the crew at registration; never over a newer one. */
  async put(kind: Kind, body: any): Promise<void> {
    const row: BaseRow = { kind, id: body.id, case_id: null, version: body.version, body, at: this.now() };
    const kept = await this.store.write(['base'], async (tx) => {
      const fresh = isNewer(await tx.objectStore('base').get([kind, row.id]), row);
      if (fresh) await tx.objectStore('base').put(row);
      return fresh;
    });
    if (kept) this.base = withRows(this.base, [row]);
  }

  reloadFromDisk = (): Promise<Applied> => this.inTurn(() => this.reload());

  private async takeSnapshot(torn: boolean): Promise<boolean> {
    if (this.shut) return false;
    const device_id = await this.store.meta<string>('device_id');
    const askedAt = this.now();
    const answer = await this.transport({ method: 'GET', path: `sync/snapshot?device_id=${device_id}` });
    if (answer.status !== 200) return this.refuse(answer);
    const rows = rowsOfSnapshot(answer.body, this.now());
    const sealed = await this.vault.seal(rows);
    const anew = torn || answer.body.gen !== this.gen;
    const kept = await this.replace(sealed, answer.body, anew ? askedAt : 0);
    [this.cursor, this.gen] = [answer.body.cursor, answer.body.gen];
    this.base = withRows(worldOf(await this.vault.open(kept)), rows);
    this.hold(kept);
    await this.host.snapshotTaken(answer.body, torn, askedAt);
    this.host.applied([], true);
    return true;
  }

  /** Replace the base in one transaction. Commands, drafts and blobs stay, and so does what they are about. */
  private replace(rows: BaseRow[], snapshot: any, anewSince: number): Promise<BaseRow[]> {
    return this.store.write(['meta', 'base', 'commands'], async (tx) => {
      const base = tx.objectStore('base');
      const commands = await tx.objectStore('commands').getAll();
      const isWanted = wantedFor(commands);
      const shown = new Set(rows.map((row) => `${row.kind}:${row.id}`));
      const old = await base.getAll();
      const kept = old.filter((row) => isWanted(row) && !shown.has(`${row.kind}:${row.id}`)).map((row) => ({ ...row, detached: true }));
      // Numbers of the old feed mean nothing in a new one. What was settled while this snapshot was on its way is not in it.
      const isOld = (row: CommandRow) => row.status === 'settled' && row.feed_seq && (row.settled_at ?? 0) < anewSince;
      for (const row of commands.filter(isOld)) await tx.objectStore('commands').put({ ...row, feed_seq: null });
      await base.clear();
      for (const row of kept) await base.put(row);
      for (const row of rows) await base.put(row);
      await tx.objectStore('meta').put(snapshot.cursor, 'cursor');
      await tx.objectStore('meta').put(snapshot.gen, 'feed_gen');
      return kept;
    });
  }

  /** What the server no longer shows goes with the last unsent command about it. */
  dropDetached = (): Promise<void> => this.inTurn(async () => {
    if (!this.holding) return;
    const gone = await this.store.write(['base', 'commands'], async (tx) => {
      const isWanted = wantedFor(await tx.objectStore('commands').getAll());
      const over = (await tx.objectStore('base').getAll()).filter((row) => row.detached && !isWanted(row));
      for (const row of over) await tx.objectStore('base').delete([row.kind, row.id]);
      return over.length;
    });
    if (!gone) return;
    await this.load();
    this.host.applied([], true);
  });

  private refuse(answer: Answer): boolean {
    this.host.refused(answer);
    return false;
  }
}

const isTorn = (reason: string): boolean => reason === 'gen_changed' || reason === 'gap';

/** Which rows are kept for what is unsent about them. */
function wantedFor(commands: CommandRow[]): (row: BaseRow) => boolean {
  const wanted = new Set(commands.filter((row) => row.status !== 'settled').map((row) => row.subject.id));
  return (row) => wanted.has(row.id) || (row.case_id !== null && wanted.has(row.case_id));
}
