/** The engine: disk, queue, feed and line put together. Knows no screen; runs under Node as well. */

import { APP_VERSION, HEARTBEAT_MS, HUNG_MS, LINK_FRESH_MS, POLL_MS, S, SCHEMA, TIDY_MS } from '../lib/constants';
import { ClockOffset } from '../lib/clock';
import type { Center, FeedEvent, Id, Shift, User } from '../lib/types';
import { uuid7 } from '../lib/uuid7';
import { leased } from './alone';
import { beatOf, leastOf, unsent } from './beat';
import { Drafts } from './drafts';
import type { Fix, Order } from './envelope';
import { Feed } from './feed';
import { Files } from './files';
import { Line } from './line';
import { reduce } from './overlay';
import { nothing, type Answer, type Transport } from './ports';
import { Pump } from './pump';
import { purge, wipe, type Hour } from './purge';
import { Queue, type Extra } from './queue';
import type { Listener, Ports, Release, Ring, Shown } from './shown';
import { isFull, Store, type BlobRow, type CommandRow } from './store';
import { Vault } from './vault';

export type { Listener, Ports, Readiness, Release, Ring, Shown } from './shown';

export class Engine {
  readonly drafts: Drafts;
  readonly queue: Queue;
  readonly pump: Pump;
  readonly files: Files;
  private clock = new ClockOffset();
  private feed!: Feed;
  private line: Line;
  private commands: CommandRow[] = [];
  private blobs: BlobRow[] = [];
  private seen = new Set<Id>();
  private unsentSeen = new Set<Id>();
  private linkAt = 0;
  /** What the server last said the time was, and what the clock that nobody sets said then. */
  private heardAt: { server: number; steady: number } | null = null;
  private rtt_ms: number | null = null;
  private disk: Shown['disk'] = 'ok';
  private center: Center | null = null;
  private registered = false;
  private beatMs = HEARTBEAT_MS;
  private live = false;
  private callOffs: (() => void)[] = [];
  private wanted: Promise<void> | null = null;
  private again = false;
  private cutOff = false;
  private wiped = false;
  private freed = false;
  private saidUnsent = 0;
  private look: Promise<void> | null = null;
  private nextLook: Promise<void> | null = null;
  private stale = true;
  private release: Release | null = null;
  private room: { used_mb: number; quota_mb: number } | null = null;

  ring: Ring = { can_ring: false, ring_problem: 'no_sound', heard_at: null, wake_lock: false, persisted: false };
  fix: Fix | null = null;

  constructor(readonly store: Store, public user: User, private ports: Ports, private listener: Listener) {
    const { time } = ports;
    this.queue = new Queue(store, this.clock, () => time.now());
    this.drafts = new Drafts(store, time);
    this.files = new Files(store, this.timed, time, {
      // A door's pass is in its headers; files go in where commands do.
      door: () => (this.pump.door.headers ? { path: 'sync/ingest/blobs/', headers: this.pump.door.headers } : { path: 'sync/blobs/' }),
      shut: () => void this.pump.useFrontDoor(),
      changed: (sha256, fields) => this.photoChanged(sha256, fields),
    });
    this.pump = new Pump(this.queue, this.timed, time, ports.alone ?? leased(store, time), {
      head: () => this.head(),
      answered: (body, t0, seen) => this.answered(body, t0, seen),
      refreshToken: () => ports.refreshToken(),
      revoked: (answer) => this.farewell(answer),
      drained: () => this.drained(),
      offline: () => ports.offline(),
      changed: () => void this.refresh(),
    });
    this.line = new Line(ports.openSocket, time, {
      hello: () => this.hello(),
      events: (events) => quietly(this.arrived(events)),
      gone: (reason) => quietly(this.gone(reason)),
      state: (open) => this.lineChanged(open),
      heard: (t0, serverTime) => this.heard(t0, serverTime),
    });
  }

  /** Open what is on disk and show it; the network comes after. `first` may look at the disk before it is read. */
  async open(first: () => Promise<void> = async () => undefined): Promise<void> {
    await this.store.open();
    await first();
    const vault = await Vault.open(this.store);
    this.feed = new Feed(this.store, vault, this.timed, () => this.ports.time.now(), {
      applied: (events, fresh) => this.applied(events, fresh),
      snapshotTaken: (snapshot, torn, askedAt) => this.snapshotTaken(snapshot, torn, askedAt),
      refused: (answer) => this.refused(answer),
    });
    await this.feed.load();
    const meta = await this.store.allMeta();
    if (meta.offset_ms !== null && meta.offset_at !== null) this.clock.restore(meta.offset_ms, meta.offset_at);
    this.center = meta['center'] ?? null;
    this.linkAt = meta['link_at'] ?? 0;
    await this.tidy();
    await this.refresh();
  }

  /** Go live: register, catch up, listen, beat. */
  start(): void {
    this.live = true;
    void this.wake();
    this.every(() => this.beatMs, () => this.beat());
    this.every(POLL_MS, () => this.poll());
    this.every(TIDY_MS, () => this.tidy());
  }

  stop(): void {
    this.live = false;
    for (const callOff of this.callOffs) callOff();
    this.callOffs = [];
    this.pump.stop();
    this.files.stop();
    this.line.stop();
    this.store.close();
  }

  /** Visible again, online again, a tap: a new socket, the feed from the cursor, and what is queued. */
  wake(): Promise<void> {
    if (this.wanted) this.again = true;
    if (this.wanted && this.registered) void this.pump.kick();
    this.wanted ??= this.catchUps().finally(() => (this.wanted = null));
    return this.wanted;
  }

  /** Asked for again while one hung, or failed: the network it hung on may be another by now. One that went well was for all. */
  private async catchUps(): Promise<void> {
    const { time } = this.ports;
    do {
      this.again = false;
      const began = time.steady();
      const well = await this.catchUp().catch(() => false);
      if (well && time.steady() - began < HUNG_MS) return;
    } while (this.again);
  }

  private async catchUp(): Promise<boolean> {
    if (!this.live || !(await this.register())) return false;
    this.line.connect();
    const well = await this.feed.pull();
    await Promise.all([this.queue.freeStuck().then(() => this.pump.kick()), this.beat()]);
    void this.files.send();
    await this.tidy();
    return well;
  }

  /** What is old leaves the phone, with a network or without. */
  private async tidy(): Promise<void> {
    // Asked beside: a browser slow to count must not hold up a heartbeat.
    if (this.ports.quota) quietly(this.ports.quota().then((room) => void (this.room = room && { used_mb: mb(room.used), quota_mb: mb(room.of) })));
    await this.queue.forgetOld();
    await this.feed.dropDetached();
    this.stale = true;
    if (!(await purge(this.store, this.hour()))) return;
    await this.feed.reloadFromDisk();
    await this.refreshAll();
  }

  /** A wall clock set days ahead makes no days of silence: what was heard in this life counts by the steady one. */
  private hour(): Hour {
    const { time } = this.ports;
    const now = time.now();
    if (!this.heardAt) return { now, server: this.serverNow(), silent_ms: now - this.linkAt };
    const silent_ms = time.steady() - this.heardAt.steady;
    return { now, server: this.heardAt.server + silent_ms, silent_ms };
  }

  private async register(): Promise<boolean> {
    if (this.registered) return true;
    const meta = await this.store.allMeta();
    const json = { device_id: meta.device_id, epoch: meta.epoch, name: '', app: APP_VERSION, schema: SCHEMA };
    const t0 = this.ports.time.now();
    const answer = await this.timed({ method: 'POST', path: 'sync/devices', json });
    if (answer.code === 'csrf_failed' && (await this.ports.refreshToken())) return this.register();
    if (answer.status !== 200) {
      this.refused(answer);
      return false;
    }
    this.registered = true;
    this.admitted();
    this.beatMs = (answer.body.heartbeat_s ?? 0) * S || HEARTBEAT_MS;
    this.heard(t0, answer.body.server_time);
    if (answer.body.device_id !== meta.device_id) await this.store.setMeta({ device_id: answer.body.device_id });
    await this.learn(answer.body);
    return true;
  }

  /** Put a command on disk; it is on its way at once where there is a network. */
  async submit(order: Omit<Order, 'cmd_id'>, extra: Extra = {}): Promise<CommandRow> {
    const base_version = (this.feed.base as any)[order.subject.kind]?.[order.subject.id]?.version ?? null;
    if (this.clock.watch(this.ports.time.now(), this.ports.time.steady())) quietly(this.beat());
    const put = () => this.put({ cmd_id: uuid7(), base_version, pos: this.fix, ...order }, extra);
    const row = await (extra.draft ? this.drafts.handOver(extra.draft, put) : put()).catch((error: unknown) => {
      this.disk = isFull(error) ? 'full' : 'failed';
      this.show();
      throw error;
    });
    // Saved is saved: a screen that fails to draw it must not have it saved twice.
    await (extra.photo || extra.drop ? this.refreshAll() : this.refresh()).catch(() => undefined);
    void this.pump.kick().then(() => this.files.send());
    return row;
  }

  /** A photo that does not fit gives up its bytes, not its words; the member is told that the disk is full. */
  private async put(order: Order, extra: Extra): Promise<CommandRow> {
    try {
      const row = await this.queue.submit(order, extra);
      this.disk = 'ok';
      return row;
    } catch (error) {
      const words: string = order.args['caption'] ?? '';
      if (!isFull(error) || !extra.photo || !words) throw error;
      const row = await this.queue.submit({ ...order, type: 'note', args: { id: order.args['id'], text: words } }, extra.draft ? { draft: extra.draft } : {});
      this.disk = 'full';
      return row;
    }
  }

  /** The screen shows these offers or messages now. */
  markSeen(ids: Id[]): void {
    const fresh = ids.filter((id) => !this.seen.has(id));
    if (!fresh.length) return;
    for (const id of fresh) this.seen.add(id);
    if (!this.line.send({ seen: fresh })) for (const id of fresh) this.unsentSeen.add(id);
  }

  async markRead(rows: CommandRow[]): Promise<void> {
    await this.queue.markRead(rows);
    await this.refreshAll();
  }

  /** Another tab wrote: read what it left. */
  async reload(): Promise<void> {
    await this.feed.reloadFromDisk();
    await this.refreshAll();
  }

  serverNow = (): number => this.clock.server(this.ports.time.now());

  // --- down

  private async arrived(events: FeedEvent[]): Promise<void> {
    if ((await this.feed.take(events)) === 'gap') await this.feed.pull();
  }

  private applied(events: FeedEvent[], fresh: boolean): void {
    if (fresh) {
      this.line.send({ ack: this.feed.cursor });
      this.ports.newlyChanged();
    }
    void this.refresh();
    if (events.length) this.listener.events(events);
  }

  /** A torn feed: the server may have been restored. What it forgot is sent again, word for word. */
  private async snapshotTaken(snapshot: any, torn: boolean, askedAt: number): Promise<void> {
    this.stale = true;
    await this.learn(snapshot);
    const again = await this.queue.requeueAbove(snapshot.known_seq, askedAt);
    if (again) void this.pump.kick();
    // Its highest number may be of something sent since: only the count finds what lies below it.
    else if (torn) quietly(this.checkCounts());
  }

  /** Compare counts with the server and send again what it lacks; true when both agree, null when it cannot be asked. */
  async checkCounts(): Promise<boolean | null> {
    // Asked once a shift, and with a network: not in the first load.
    const check = await import('./check').catch(() => null);
    const told = check && (await check.checkCounts(this.store, this.queue, this.timed));
    if (told?.again) void this.pump.kick();
    return told && told.ok && told.again === 0;
  }

  private async learn(body: { user: User; center: Center | null; crew?: Shift | null }): Promise<void> {
    [this.user, this.center] = [body.user, body.center];
    await this.store.setMeta({ user: body.user, center: body.center });
    if (body.crew) await this.feed.put('shift', body.crew);
  }

  private async gone(reason: string): Promise<void> {
    if (reason === 'signed_out') return this.refused({ status: 401, code: 'signed_out', body: null, headers: { get: () => null } });
    // The server did not join this socket: it would pong for ever and bring nothing.
    if (await this.feed.snapshot(reason).catch(() => false)) this.line.connect();
    else this.line.lost();
  }

  private async hello(): Promise<Record<string, unknown> | null> {
    const meta = await this.store.allMeta();
    if (!this.feed.gen && !(await this.feed.pull())) return null;
    return { device_id: meta.device_id, epoch: meta.epoch, gen: this.feed.gen, cursor: this.feed.cursor };
  }

  /** What went down with the last socket is said again: how far this phone is, and what was shown. */
  private lineChanged(open: boolean): void {
    if (open) this.line.send({ ack: this.feed.cursor, seen: [...this.seen].slice(-50) });
    if (open) void this.pump.kick().then(() => this.files.send());
    this.show();
  }

  private async poll(): Promise<void> {
    if (!this.registered) return this.wanted ?? this.wake();
    if (!this.line.open) await this.feed.pull();
  }

  // --- up

  private async head() {
    const meta = await this.store.allMeta();
    const { device_id, epoch } = meta;
    return { device_id, epoch, cursor: this.feed.cursor, seen: [...this.unsentSeen].slice(0, 200) };
  }

  private async answered(body: any, t0: number, seen: string[]): Promise<void> {
    for (const id of seen) this.unsentSeen.delete(id);
    this.heard(t0, body.server_time);
    if (this.pump.trouble === 'revoked') return;
    this.feed.shut = false;
    quietly(this.feed.dropDetached());
    // A number lower than what this phone has seen is a server that was set back.
    const torn = body.feed_gen !== this.feed.gen || body.head < this.feed.cursor;
    // The queue does not wait for the feed: a slow snapshot would hold the lock of all tabs.
    if (torn || (body.head > this.feed.cursor && !this.line.open)) quietly(this.feed.pull());
  }

  /** Everything was answered: the desk hears at once that nothing waits here any more. */
  private async drained(): Promise<void> {
    if (this.pump.trouble === 'revoked') return this.depart();
    await this.refresh();
    this.sayEmpty();
  }

  private sayEmpty(): void {
    if (this.saidUnsent > 0 && this.registered && unsent(this.commands, this.blobs) === 0) quietly(this.beat());
  }

  private async beat(): Promise<void> {
    const meta = await this.store.allMeta();
    const t0 = this.ports.time.now();
    this.clock.watch(t0, this.ports.time.steady());
    const told = beatOf(this.commands, this.blobs, this.clock, t0);
    const json = { device_id: meta.device_id, epoch: meta.epoch, ...told, ...this.ring, ...this.room, socket: this.line.open };
    const say = (json: object) => this.timed({ method: 'POST', path: 'sync/heartbeat', json });
    let answer = await say(json);
    if (answer.code === 'invalid') answer = await say(leastOf(json));
    if (answer.status !== 200) return this.refused(answer);
    this.admitted();
    this.saidUnsent = told.pending;
    this.release = answer.body.release ?? null;
    this.heard(t0, answer.body.server_time);
    // Even with a socket that looks open: what it should have brought is fetched.
    if (answer.body.head !== this.feed.cursor) await this.feed.pull();
  }

  /** Tell the desk at once that the bell broke, or rings again. */
  ringChanged(ring: Ring): void {
    const before = this.ring;
    this.ring = ring;
    const same = before.can_ring === ring.can_ring && before.ring_problem === ring.ring_problem && before.heard_at === ring.heard_at
      && before.visible === ring.visible;
    if (!same && this.live && this.registered) quietly(this.beat());
  }

  sendPositions = async (positions: Fix[]): Promise<boolean> => {
    const device_id = await this.store.meta('device_id');
    const answer = await this.timed({ method: 'POST', path: 'sync/positions', json: { device_id, positions } });
    return answer.status === 200;
  };

  tellPush = async (endpoint: string | null): Promise<void> => {
    const { device_id, epoch } = await this.store.allMeta();
    await this.timed({ method: 'POST', path: 'sync/push', json: { device_id, epoch, endpoint } });
  };

  /** A photo taken here, to be looked at; null where its bytes are gone. */
  async photo(sha256: string): Promise<ArrayBuffer | null> {
    const row = await this.store.blob(sha256);
    return row ? this.store.outbox.openPhoto(row) : null;
  }

  get(path: string): Promise<Answer> {
    return this.timed({ method: 'GET', path });
  }

  /** Every answer, whatever it says, proves the link. */
  private timed: Transport = async (ask) => {
    let answer = await this.ports.transport(ask);
    // A page that says 200 in place of the server, such as a hotel's, proves nothing.
    if (answer.status === 200 && ask.method !== 'HEAD' && ask.method !== 'PATCH' && typeof (answer.body ?? 0) !== 'object') answer = nothing;
    if (answer.status === 0 && !this.cutOff) this.ports.whenBack?.();
    if (answer.status === 0) this.cutOff = true;
    else this.linkAt = this.ports.time.now();
    if (answer.status !== 0 && this.cutOff) this.linkBack();
    return answer;
  };

  /** The network is back, whoever noticed it: what waits goes now. */
  private linkBack(): void {
    this.cutOff = false;
    if (this.live && this.registered) void this.pump.kick().then(() => this.files.send());
  }

  private heard(t0: number, serverTime: string | null): void {
    const now = this.ports.time.now();
    this.linkAt = now;
    this.rtt_ms = now - t0;
    if (serverTime) {
      this.clock.add(t0, now, serverTime);
      this.heardAt = { server: Date.parse(serverTime), steady: this.ports.time.steady() };
      void this.store.setMeta({ offset_ms: this.clock.ms, offset_at: this.clock.at, link_at: now }).catch(() => undefined);
    }
    this.show();
  }

  /** Taken at the front door, so a refusal has passed: a session store that hiccuped, a pass that ran out. What it stopped goes on. */
  private admitted(): void {
    const { trouble, door } = this.pump;
    if (this.wiped || door.headers || (trouble !== 'signed_out' && trouble !== 'revoked')) return;
    this.pump.trouble = null;
    this.feed.shut = false;
    void this.pump.kick().then(() => this.files.send());
  }

  private refused(answer: Answer): void {
    if (answer.code === 'signed_out') this.pump.trouble = 'signed_out';
    if (answer.code === 'device_revoked') quietly(this.farewell(answer).then(async (open) => void (open && (await this.pump.kick()))));
    if (answer.code === 'unknown_device') this.registered = false;
    this.show();
  }

  // --- taken off the list

  /** Only the door that takes and gives nothing back is open now; what is unsent goes through it. */
  private async farewell(answer: Answer): Promise<boolean> {
    this.pump.trouble = 'revoked';
    const token: string | undefined = answer.body?.ingest_token;
    if (!token || this.wiped) return false;
    return this.useBackDoor(token);
  }

  /** Sign out with a supervisor's leave: hand in what is unsent, then forget everything; true when it is done. */
  async handIn(): Promise<boolean> {
    if (!this.release) return false;
    this.pump.trouble = 'revoked';
    this.useBackDoor(this.release.ingest_token);
    await this.pump.kick();
    return this.wiped;
  }

  private useBackDoor(token: string): true {
    const headers = { 'X-Ingest-Token': token };
    this.feed.shut = true;
    this.pump.door = { path: 'sync/ingest', headers };
    this.show();
    return true;
  }

  /** Everything is handed over: forget it all, then say so. */
  private async depart(): Promise<void> {
    const { headers } = this.pump.door;
    if (!headers || this.wiped) return;
    // What no front door could take is tried here too, once: it is kept unread, and forgotten only after that.
    if (!this.freed) {
      this.freed = true;
      if (await this.queue.freeStuck()) return void this.pump.kick();
    }
    await this.files.send();
    if (!(await wipe(this.store))) return;
    await this.feed.reloadFromDisk();
    const { device_id, epoch } = await this.store.allMeta();
    const told = await this.timed({ method: 'POST', path: 'sync/ingest/wiped', json: { device_id, epoch }, headers });
    // Unheard, it is said again with the next refusal.
    this.wiped = told.status === 200;
    this.line.stop();
    await this.refreshAll();
  }

  /** Signed in again: nothing was burnt, go on. */
  signedIn(): void {
    this.pump.trouble = null;
    this.registered = false;
    void this.wake();
  }

  /** Look at the disk and show it; asked ten times while it looks, it looks once more. */
  refresh(): Promise<void> {
    // A screen that fails to draw must not end all looking.
    this.nextLook ??= (this.look ?? Promise.resolve()).catch(() => undefined).then(() => {
      this.nextLook = null;
      return (this.look = this.readAll());
    });
    return this.nextLook;
  }

  private async readAll(): Promise<void> {
    const stale = this.stale;
    this.stale = false;
    try {
      this.commands = stale ? await this.store.allCommands() : await this.withOpen(await this.store.unsettled());
      // Photos are heavy: they are read again only when one changed.
      if (stale) this.blobs = await this.store.allBlobs();
    } catch {
      [this.disk, this.stale] = ['failed', true];
    }
    this.show();
  }

  /** What was settled stays as it is known, until something of it changes or one more is settled. */
  private async withOpen(open: CommandRow[]): Promise<CommandRow[]> {
    const seqs = new Set(open.map((row) => row.seq));
    if (this.commands.some((row) => row.status !== 'settled' && !seqs.has(row.seq))) return this.store.allCommands();
    return [...this.commands.filter((row) => !seqs.has(row.seq)), ...open].sort((a, b) => a.seq - b.seq);
  }

  /** How far a photo is on its way is known without reading all of them again. */
  private photoChanged(sha256: string, fields: Partial<BlobRow>): void {
    this.blobs = this.blobs.map((row) => (row.sha256 === sha256 ? { ...row, ...fields } : row));
    if (fields.state) quietly(this.refreshAll().then(() => this.sayEmpty()));
    else this.show();
  }

  /** Photos or settled commands changed: look at everything. */
  private refreshAll(): Promise<void> {
    this.stale = true;
    return this.refresh();
  }

  private show(): void {
    const { commands, blobs, user, center, linkAt, rtt_ms, disk } = this;
    this.listener.shown({
      world: reduce(this.feed.base, commands, this.feed.cursor, { id: user.id, name: user.name }),
      commands, blobs, cursor: this.feed.cursor, user, center, socket: this.line.open, known: this.feed.gen !== '', linkAt, rtt_ms,
      offset_ms: this.clock.ms ?? 0, trouble: this.pump.trouble, wiped: this.wiped, detached: this.feed.detached, release: this.release, nextTryAt: this.pump.nextTryAt, disk,
    });
  }

  get linkFresh(): boolean {
    return this.ports.time.now() - this.linkAt < LINK_FRESH_MS;
  }

  private every(ms: number | (() => number), work: () => Promise<void>): void {
    // Up to a fifth earlier: forty phones that came back together do not go on asking together.
    const wait = () => (typeof ms === 'number' ? ms : ms()) * (1 - Math.random() / 5);
    let callOff = () => {};
    const again = () => {
      quietly(work());
      next();
    };
    const next = () => void (this.live && (callOff = this.ports.time.after(wait(), again)));
    next();
    this.callOffs.push(() => callOff());
  }
}

const mb = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

/** What fails here is tried again by poll, beat or the next wake: the disk may be closed, the network gone. */
const quietly = (work: Promise<unknown>): void => void work.catch(() => undefined);
