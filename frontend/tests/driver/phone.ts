/** One phone under a driver: the real engine, its disk kept when it crashes, its network taken away and given back. */

import type { Id, User, World } from '../../src/lib/types';
import { uuid7 } from '../../src/lib/uuid7';
import { Engine, type Shown } from '../../src/sync/engine';
import type { Fix, Order } from '../../src/sync/envelope';
import { wordOf } from '../../src/sync/overlay';
import { nothing, type Alone, type OpenSocket, type Transport } from '../../src/sync/ports';
import type { Extra } from '../../src/sync/queue';
import { Store, type Tx } from '../../src/sync/store';

/** What lies outside the engine: Node or a browser gives it. */
export interface Outside { transport: Transport; openSocket: OpenSocket; alone: Alone | null; refreshToken(): Promise<boolean> }

/** Which write the battery dies at, and on which side of the commit. */
export interface Cut { at: 'submit' | 'settle' | 'feed'; step: 'before' | 'inside' | 'after' }

const never = <T>(): Promise<T> => new Promise(() => undefined);
const KIND: Record<Cut['at'], (stores: string[]) => boolean> = {
  submit: (stores) => stores.includes('drafts') && stores.includes('commands'),
  settle: (stores) => stores.length === 1 && stores[0] === 'commands',
  feed: (stores) => stores.includes('base'),
};

/** A disk whose owner may die in the middle of a write. */
class Disk extends Store {
  cut: Cut | null = null;
  dead = false;

  constructor(name: string, private died: () => void) {
    super(name);
  }

  override async write<T>(stores: any[], work: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.dead) return never();
    const cut = this.cut && KIND[this.cut.at](stores) ? this.cut : null;
    if (!cut) return super.write(stores, work);
    this.cut = null;
    if (cut.step === 'before') return this.die();
    if (cut.step === 'after') {
      await super.write(stores, work);
      return this.die();
    }
    // Everything was asked of the disk, nothing is committed.
    await super.write(stores, async (tx) => {
      await work(tx);
      throw new Error('no power');
    }).catch(() => undefined);
    return this.die();
  }

  private die<T>(): Promise<T> {
    this.died();
    return never();
  }
}

const RANK: Record<string, number> = { offered: 0, accepted: 1, en_route: 2, arrived: 3, concluded: 4 };
const WORDS = ['saved', 'sent', 'confirmed'];

export class DrivenPhone {
  offline = false;
  /** The phone itself knows that it has no network; otherwise it just hears nothing. */
  knows = true;
  /** Every visible step back: none is allowed. */
  backward: string[] = [];
  /** Every command that was ever seen on this disk. */
  ever = new Set<Id>();
  private engine: Engine | null = null;
  private disk: Disk | null = null;
  private life = { alive: false };
  private shown: Shown | null = null;
  private rendered = new Map<string, number>();
  private sockets = new Set<() => void>();
  private clockOff = 0;
  renders = 0;

  constructor(readonly name: string, private user: User, private outside: Outside, private speed: number) {}

  get alive(): boolean {
    return this.life.alive;
  }

  async start(): Promise<void> {
    const life = (this.life = { alive: true });
    this.disk = new Disk(`fieldops-${this.name}`, () => this.crash());
    this.engine = new Engine(this.disk, { ...this.user }, {
      transport: this.gated(life),
      openSocket: this.gatedSocket(life),
      alone: this.outside.alone && ((name, work) => this.outside.alone!(name, () => this.untilDeath(life, work))),
      refreshToken: () => this.outside.refreshToken(),
      offline: () => this.offline && this.knows,
      newlyChanged: () => undefined,
      time: {
        now: () => Date.now() + this.clockOff,
        steady: () => performance.now(),
        after: (ms, work) => {
          const id = setTimeout(() => life.alive && work(), ms / this.speed);
          return () => clearTimeout(id);
        },
      },
    }, { shown: (next) => life.alive && this.look(next), events: () => undefined });
    this.engine.ring = { ...this.engine.ring, can_ring: true, ring_problem: null, heard_at: new Date().toISOString() };
    await this.engine.open();
    for (const row of await this.disk.allCommands()) this.ever.add(row.cmd_id);
    if (life.alive) this.engine.start();
  }

  /** The battery is out: nothing runs on, what is on the disk stays. */
  crash(): void {
    this.life.alive = false;
    if (this.disk) this.disk.dead = true;
    for (const drop of this.sockets) drop();
    this.sockets.clear();
    this.engine?.stop();
  }

  /** The browser threw everything away. */
  async lose(): Promise<void> {
    this.crash();
    await new Promise((done) => (indexedDB.deleteDatabase(`fieldops-${this.name}`).onsuccess = done));
    await this.start();
  }

  setOffline(offline: boolean, knows: boolean): void {
    [this.offline, this.knows] = [offline, knows];
    // In a tunnel a socket does not close: it says nothing any more.
    if (offline) {
      for (const drop of this.sockets) drop();
      this.sockets.clear();
    } else void this.engine?.wake();
  }

  setClock(off_ms: number): void {
    this.clockOff = off_ms;
  }

  wake = (): Promise<void> => this.engine!.wake();
  signedIn = (): void => this.engine!.signedIn();
  checkCounts = (): Promise<boolean | null> => this.engine!.checkCounts();
  /** Where the phone is: it goes up with each command, and by itself. */
  stand = (fix: Fix): Promise<boolean> => {
    this.engine!.fix = fix;
    return this.engine!.sendPositions([fix]);
  };
  cutAt(cut: Cut | null): void {
    this.disk!.cut = cut;
  }

  /** Give a command; resolves with its id when the screen may say "saved", with null when the phone died first. */
  async act(order: Omit<Order, 'cmd_id'>, photo: { base64: string; case_id: Id } | null): Promise<Id | null> {
    if (!this.alive || !this.engine) return null;
    const extra: Extra = photo ? { photo: await photoOf(photo) } : {};
    const life = this.life;
    const submitted = this.engine.submit({ ...order, args: { ...order.args, ...(extra.photo ? { sha256: extra.photo.sha256, mime: extra.photo.mime, size: extra.photo.bytes.byteLength } : {}) } }, extra);
    const saved = await Promise.race([submitted, this.death(life)]);
    if (!saved) return null;
    this.ever.add(saved.cmd_id);
    return saved.cmd_id;
  }

  /** A battery that dies takes its locks with it; the tab it died in is still there, and would hold them for ever. */
  private async untilDeath(life: { alive: boolean }, work: () => Promise<void>): Promise<void> {
    if (life.alive) await Promise.race([work(), this.death(life)]);
  }

  private async death(life: { alive: boolean }): Promise<null> {
    while (life.alive) await new Promise((done) => setTimeout(done, 5));
    return null;
  }

  state() {
    const shown = this.shown;
    const commands = shown?.commands ?? [];
    return {
      alive: this.alive, cursor: shown?.cursor ?? 0, known: shown?.known ?? false, socket: shown?.socket ?? false, trouble: shown?.trouble ?? null,
      disk: shown?.disk ?? 'ok', wiped: shown?.wiped ?? false, detached: shown?.detached ?? [],
      unsettled: commands.filter((row) => row.status !== 'settled').length,
      photos: (shown?.blobs ?? []).filter((blob) => blob.state === 'waiting').length,
      backward: this.backward, renders: this.renders,
    };
  }

  commands() {
    return (this.shown?.commands ?? []).map(({ cmd_id, seq, type, status, outcome, code }) => ({ cmd_id, seq, type, status, outcome: outcome ?? null, code: code ?? null }));
  }

  /** The visits as this phone draws them, newest first: what a member goes by. */
  visits() {
    const rows = Object.values(this.shown?.world.assignment ?? {}).sort((a, b) => (a.offered_at < b.offered_at ? 1 : -1));
    return rows.map((row) => ({
      id: row.id, case_id: row.case_id, status: row.status,
      stand_down: row.must_stand_down && !row.members.find((one) => one.user_id === this.user.id)?.stood_down_at,
    }));
  }

  /** What the server has confirmed, as this phone has it; and what is drawn. */
  world(): { base: World; drawn: World | null } {
    return { base: (this.engine as any).feed.base, drawn: this.shown?.world ?? null };
  }

  /** Compare each picture with the one before: a visit's state and a command's word only go forward. */
  private look(next: Shown): void {
    this.shown = next;
    this.renders += 1;
    const called_off = next.commands.some((row) => row.outcome === 'conflict');
    for (const row of Object.values(next.world.assignment)) {
      const rank = RANK[row.status];
      const about = next.commands.filter((one) => one.subject.id === row.id).map((one) => `${one.type}:${one.status}:${one.outcome}:${one.feed_seq}`);
      if (rank !== undefined && !called_off) this.mustNotFall(`visit ${row.id}`, rank, `${row.status} at ${next.cursor} by ${about}`);
    }
    for (const row of next.commands) this.mustNotFall(`command ${row.seq} ${row.type}`, WORDS.indexOf(wordOf(row)), row.status);
  }

  private mustNotFall(what: string, rank: number, words: string): void {
    const before = this.rendered.get(what) ?? 0;
    if (rank < before) this.backward.push(`${what} back to ${words}`);
    this.rendered.set(what, rank);
  }

  private gated = (life: { alive: boolean }): Transport => async (ask) => {
    if (!life.alive) return never();
    if (this.offline) return nothing;
    const answer = await this.outside.transport(ask);
    if (!life.alive) return never();
    return this.offline ? nothing : answer;
  };

  private gatedSocket = (life: { alive: boolean }): OpenSocket => (handlers) => {
    let heard = life.alive && !this.offline;
    const real = heard ? this.outside.openSocket({
      open: () => heard && handlers.open(),
      message: (text) => heard && handlers.message(text),
      close: () => heard && handlers.close(),
    }) : null;
    const drop = () => {
      heard = false;
      real?.close();
    };
    this.sockets.add(drop);
    return { send: (text) => void (heard && real?.send(text)), close: () => (this.sockets.delete(drop), drop()) };
  };
}

async function photoOf({ base64, case_id }: { base64: string; case_id: Id }): Promise<NonNullable<Extra['photo']>> {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)).buffer;
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  const sha256 = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { sha256, bytes, mime: 'image/jpeg', case_id };
}

/** What a line from the driver's master asks of a phone. */
export type Asked = { do: string; phone: string; [key: string]: any };
type Make = (asked: Asked) => DrivenPhone;

export async function obey(phones: Map<string, DrivenPhone>, make: Make, asked: Asked): Promise<unknown> {
  if (asked.do === 'make') phones.set(asked.phone, make(asked));
  const phone = phones.get(asked.phone)!;
  return DEEDS[asked.do]!(phone, asked);
}

const DEEDS: Record<string, (phone: DrivenPhone, asked: Asked) => unknown> = {
  make: (phone) => phone.start(),
  start: (phone) => (phone.alive ? null : phone.start()),
  crash: (phone) => phone.crash(),
  lose: (phone) => phone.lose(),
  cut: (phone, { at, step }) => phone.cutAt(at ? { at, step } : null),
  offline: (phone, { on, knows }) => phone.setOffline(on, knows ?? true),
  clock: (phone, { off_ms }) => phone.setClock(off_ms),
  wake: (phone) => phone.wake(),
  signed_in: (phone) => phone.signedIn(),
  stand: (phone, { fix }) => phone.stand(fix),
  check: (phone) => phone.checkCounts(),
  act: (phone, { type, subject, args, photo }) => phone.act({ type, subject, args: { ...(args.id === 'new' ? { ...args, id: uuid7() } : args) } }, photo ?? null),
  state: (phone) => phone.state(),
  commands: (phone) => phone.commands(),
  ever: (phone) => [...phone.ever],
  visits: (phone) => phone.visits(),
  world: (phone) => phone.world(),
};
