/** What phones lose in the field, and this one must not: protocol §8 with a real store and a server in memory. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import disk100 from './fixtures/disk-1.0.0.json';
import type { FeedEvent } from '../src/lib/types';
import { uuid7 } from '../src/lib/uuid7';
import { Engine, type Shown } from '../src/sync/engine';
import { Store } from '../src/sync/store';
import { accept, alone, assignment, ASSIGNMENT, CASE, emptySnapshot, FakeServer, freshLocks, HandClock, ME, note, settle, until } from './fake';

let clock: HandClock, server: FakeServer, engine: Engine, shown: Shown, name: string;
const subject = { kind: 'assignment', id: ASSIGNMENT };
const quiet = { send: () => undefined, close: () => undefined };

async function open(store = new Store(name)): Promise<Engine> {
  engine = new Engine(store, { ...ME }, {
    transport: (ask) => server.transport(ask), time: clock, alone, refreshToken: async () => true, offline: () => false,
    newlyChanged: () => undefined, openSocket: () => quiet,
  }, { shown: (next) => (shown = next), events: () => undefined });
  await engine.open();
  return engine;
}

async function start(store?: Store): Promise<void> {
  await open(store);
  engine.start();
  await until(() => shown.known);
  await settle();
}

const statuses = () => shown.commands.map((row) => row.status);
const settled = () => until(() => shown.commands.length > 0 && statuses().every((status) => status === 'settled'));
const posts = (path = 'sync/commands') => server.asked.filter((ask) => ask.path === path);
const photo = (bytes = 600 * 1024) => ({ sha256: 'cd'.repeat(32), bytes: new Uint8Array(bytes).buffer, mime: 'image/jpeg', case_id: CASE });
const photoFact = { type: 'photo', subject: { kind: 'case' as const, id: CASE }, args: { id: uuid7(), sha256: 'cd'.repeat(32), mime: 'image/jpeg', size: 600 * 1024, caption: '转账单' } };

beforeEach(() => {
  [clock, name] = [new HandClock(), `fieldops-${uuid7()}`];
  server = new FakeServer(clock);
  freshLocks();
});

afterEach(() => engine.stop());

describe('the battery dies while a form is submitted (§8.4)', () => {
  class Dying extends Store {
    step = '';
    dead = false;
    override async write<T>(stores: any[], work: (tx: any) => Promise<T>): Promise<T> {
      if (!this.step || !stores.includes('drafts') || stores.length === 1) return super.write(stores, work);
      if (this.step === 'before') return this.die();
      if (this.step === 'after') {
        await super.write(stores, work);
        return this.die();
      }
      const reached = Number(this.step);
      let asked = 0;
      const dying = (tx: any) => new Proxy(tx, { get: (target, key) => (key === 'objectStore' ? (which: string) => spy(target.objectStore(which)) : target[key]) });
      const spy = (store: any) => new Proxy(store, {
        get: (target, key) => {
          const real = target[key];
          if (typeof real !== 'function') return real;
          return (...args: any[]) => { if (asked++ === reached) throw new Error('power'); return real.apply(target, args); };
        },
      });
      await super.write(stores, (tx) => work(dying(tx))).catch(() => undefined);
      return this.die();
    }

    private die(): Promise<never> {
      this.dead = true;
      return new Promise(() => undefined);
    }
  }

  it.each(['before', '0', '1', '2', '3', '4', '5', '6', 'after'])('at step %s: the draft or the command, never neither, never both', async (step) => {
    const store = new Dying(name);
    await start(store);
    engine.drafts.keep(CASE, 'note', '他说只是帮朋友');
    await engine.drafts.flush();
    store.step = step;
    void engine.submit(note('他说只是帮朋友'), { draft: { subject: CASE, form: 'note' }, photo: photo(10) }).catch(() => undefined);
    await until(() => store.dead);
    engine.stop();

    await open();

    const draft = await engine.drafts.load(CASE, 'note');
    expect([draft === null, shown.commands.length]).toEqual(step === 'after' ? [true, 1] : [false, 0]);
  });
});

describe('a form', () => {
  it('keeps its words when the disk refuses the command, and loses them only with it', async () => {
    await start();
    engine.drafts.keep(CASE, 'note', '写到一半');
    const write = engine.store.write.bind(engine.store);
    engine.store.write = ((stores: any, work: any) => (stores.includes('commands') && stores.includes('drafts') ? Promise.reject(new Error('no')) : write(stores, work))) as typeof write;

    await expect(engine.submit(note('写到一半'), { draft: { subject: CASE, form: 'note' } })).rejects.toThrow('no');
    await clock.pass(500);
    await settle();

    expect(shown.disk).toBe('failed');
    expect(await engine.drafts.load(CASE, 'note')).toBe('写到一半');
  });

  it('sent from two tabs is two commands with two ids, and the draft is gone (§8.11)', async () => {
    await start();
    const first = engine;
    first.drafts.keep(CASE, 'note', '同一份');
    await first.drafts.flush();
    await start();
    const draft = { draft: { subject: CASE, form: 'note' } };

    const rows = await Promise.all([first.submit(note('同一份'), draft), engine.submit(note('同一份'), draft)]);
    await settled();

    expect(new Set(rows.map((row) => row.cmd_id)).size).toBe(2);
    expect(server.effects.sort()).toEqual(rows.map((row) => row.cmd_id).sort());
    expect(await engine.drafts.load(CASE, 'note')).toBeNull();
    first.stop();
  });
});

describe('the order (§8.5, §8.6)', () => {
  it('of an offline create and five edits survives a reload and a first answer of 500', async () => {
    await start();
    server.faults = Array(8).fill('drop_before');
    await engine.submit(accept);
    for (const text of ['一', '二', '三', '四', '五']) await engine.submit(note(text));
    engine.stop();
    server.faults = [500];

    await start();
    await until(() => server.faults.length === 0);
    await settle();
    await clock.pass(5000);
    await settled();

    expect(server.effects).toEqual(shown.commands.map((row) => row.cmd_id));
    expect(shown.commands.map((row) => row.type)).toEqual(['accept', 'note', 'note', 'note', 'note', 'note']);
  });

  it('two commands without arguments on different subjects both arrive', async () => {
    await start();
    const other = { ...accept, subject: { kind: 'assignment' as const, id: uuid7() } };
    await Promise.all([engine.submit(accept), engine.submit(other)]);
    await settled();

    expect(server.effects).toHaveLength(2);
  });
});

describe('the disk', () => {
  it('full of photos still takes the words, and the member is told (§8.20)', async () => {
    await start();
    const write = engine.store.write.bind(engine.store);
    engine.store.write = ((stores: any, work: any) => write(stores, async (tx) => {
      const done = await work(tx);
      if (stores.includes('blobs') && stores.length > 1 && (await (tx.objectStore as any)('blobs').count()) > 0) throw new DOMException('full', 'QuotaExceededError');
      return done;
    })) as typeof write;

    const row = await engine.submit(photoFact, { photo: photo() });
    await settled();

    expect([row.type, row.args['text'], shown.disk]).toEqual(['note', '转账单', 'full']);
    expect(server.effects).toEqual([row.cmd_id]);
  });

  it('closed by the system opens again for the next save (§8.21)', async () => {
    await start();
    (engine.store as any).db.close();
    (engine.store as any).db = null; // as its `close` event leaves it

    await engine.submit(accept);

    expect([shown.disk, shown.commands.length]).toEqual(['ok', 1]);
  });

  it('written by the version before is read, sent and settled (§8.27)', async () => {
    const store = new Store(name);
    await store.open();
    await store.write(['meta', 'base', 'commands', 'blobs', 'drafts'], async (tx) => {
      for (const [key, value] of Object.entries(disk100.meta)) await tx.objectStore('meta').put(value, key);
      for (const row of disk100.base) await tx.objectStore('base').put(row as any);
      for (const row of disk100.commands) await tx.objectStore('commands').put(row as any);
      for (const row of disk100.drafts) await tx.objectStore('drafts').put(row);
      for (const row of disk100.blobs) await tx.objectStore('blobs').put({ ...row, bytes: new Uint8Array(Buffer.from(row.bytes, 'base64')).buffer } as any);
    });
    store.close();
    // The server had taken the first note; its answer was lost.
    const [first, taken] = disk100.commands;
    server.stored.set(taken!.cmd_id, { sha: taken!.sha, result: { cmd_id: taken!.cmd_id, outcome: 'applied', feed_seq: null } });
    server.feed = [{ seq: 1 } as unknown as FeedEvent];

    await start();
    await settled();

    const sent = posts().flatMap((ask) => (ask.json as any).commands.map((one: any) => one.text));
    expect(sent).toEqual(disk100.commands.slice(1).map((row) => row.text));
    expect(server.effects).not.toContain(first!.cmd_id);
    expect(shown.commands.find((row) => row.cmd_id === taken!.cmd_id)!.info).toMatchObject({ replayed: true });
    expect(await engine.drafts.load(ASSIGNMENT, 'report')).toEqual({ words: '写到一半' });
  });
});

describe('the disk, lost under the open app', () => {
  // WebKit ends its database's process in the background: the request fails by this name, later ones by InvalidStateError.
  const lost = [new DOMException('Connection to Indexed Database server lost', 'UnknownError'), new DOMException('', 'AbortError')];

  it.each([['before', lost[0]], ['after', lost[0]], ['before', lost[1]], ['after', lost[1]]] as const)('%s the commit (%s): the save is taken, once', async (when, error) => {
    await start();
    engine.drafts.keep(CASE, 'note', '他说只是帮朋友');
    await engine.drafts.flush();
    const store = engine.store as any;
    const real = store.writeOnce.bind(store);
    let once = true;
    store.writeOnce = async (...args: any[]) => {
      if (!once || !args[0].includes('drafts')) return real(...args);
      once = false;
      if (when === 'after') await real(...args);
      store.db.close();
      throw error;
    };

    const row = await engine.submit(note('他说只是帮朋友'), { draft: { subject: CASE, form: 'note' } });
    await settled();

    expect([shown.disk, shown.commands.map((one) => one.seq), server.effects]).toEqual(['ok', [row.seq], [row.cmd_id]]);
    expect([await engine.drafts.load(CASE, 'note'), await engine.store.meta('next_seq')]).toEqual([null, 2]);
  });

  it('after the commit of a page of the feed: the page is told, and acknowledged', async () => {
    await start();
    const store = engine.store as any;
    const real = store.writeOnce.bind(store);
    let once = true;
    store.writeOnce = async (...args: any[]) => {
      const done = await real(...args);
      if (!once || !args[0].includes('base')) return done;
      once = false;
      throw lost[0];
    };
    const told: FeedEvent[] = [];
    (engine as any).listener.events = (events: FeedEvent[]) => told.push(...events);
    server.publish('assignment.offered', subject, assignment());

    await clock.pass(11_000);
    await until(() => told.length > 0);

    expect([told.map((event) => event.kind), shown.cursor, shown.world.assignment[ASSIGNMENT]?.status]).toEqual([['assignment.offered'], 1, 'offered']);
  });

  it('for good is not asked for ever: the save fails, and is said to', async () => {
    await start();
    let tries = 0;
    (engine.store as any).writeOnce = async () => { tries += 1; throw lost[0]; };

    await expect(engine.submit(accept)).rejects.toThrow();

    expect(shown.disk).toBe('failed');
    expect(tries).toBeLessThan(20);
  });

  it('emptied: it is filled again, and the next start can read the cases', async () => {
    const arrived = assignment({ status: 'arrived', arrived_at: '2026-11-22T06:48:50Z' });
    const all = () => emptySnapshot('gen-1', server.feed.length, new Date(clock.ms).toISOString(), { assignments: [arrived], cases: [{ id: CASE, version: 1, victim_state: 'denies' }] });
    server.publish('assignment.arrived', subject, arrived);
    server.snapshot = all();
    await start();
    (engine.store as any).db.close();
    await new Promise((done) => (indexedDB.deleteDatabase(name).onsuccess = done));
    server.publish('assignment.changed', subject, { ...arrived, version: 2 });
    server.snapshot = all();
    await clock.pass(30_000);
    await until(() => shown.cursor === 2 && CASE in shown.world.case);
    engine.stop();

    await start();
    await until(() => CASE in shown.world.case);

    expect([ASSIGNMENT in shown.world.assignment, CASE in shown.world.case]).toEqual([true, true]);
  });

  it('closed while it is being opened stays closed', async () => {
    await start();
    const store = new Store(`fieldops-${uuid7()}`);
    const opening = store.open();
    store.close();

    await expect(opening).rejects.toThrow();
    await expect(store.meta('epoch')).rejects.toThrow();
  });
});

describe('a clock set wrong in the middle of a case (§8.22)', () => {
  const onScene = async () => {
    await start();
    server.publish('assignment.arrived', subject, assignment({ version: 3, status: 'arrived', arrived_at: '2026-11-22T06:48:50Z' }));
    await clock.pass(11_000);
    await until(() => ASSIGNMENT in shown.world.assignment);
    engine.drafts.keep(ASSIGNMENT, 'report', { met: 'person' });
    await engine.drafts.flush();
  };
  /** Somebody sets this phone's clock; the server's, and the one nobody sets, go on. */
  const setAhead = (ms: number) => {
    clock.ms += ms;
    clock.setBack += ms;
    server.clockOff -= ms;
  };
  const left = async () => [ASSIGNMENT in shown.world.assignment, await engine.drafts.load(ASSIGNMENT, 'report')];

  it('days ahead: the live case and the half-written report stay', async () => {
    await onScene();

    setAhead(72 * 3600_000);
    await (engine as any).tidy();
    expect(await left()).toEqual([true, { met: 'person' }]);
    await engine.wake();
    await settle();

    expect(await left()).toEqual([true, { met: 'person' }]);
  });

  it('or days asleep: with the first word of the server they stay as well', async () => {
    await onScene();

    clock.ms += 72 * 3600_000;
    await engine.wake();
    await settle();

    expect(await left()).toEqual([true, { met: 'person' }]);
  });

  it('days ahead: a case that ended an hour ago stays for a day', async () => {
    await onScene();
    server.publish('assignment.concluded', subject, assignment({ version: 4, status: 'concluded', ended_at: '2026-11-22T06:48:50Z' }));
    await clock.pass(11_000);

    setAhead(72 * 3600_000);
    await (engine as any).tidy();
    await engine.wake();
    await settle();

    expect(await left()).toEqual([true, { met: 'person' }]);
  });

  it('what left because nothing was heard for days comes back with the next word of the server', async () => {
    await onScene();
    engine.stop();
    clock.ms += 72 * 3600_000;
    await open();
    expect(shown.world.assignment).toEqual({});
    server.snapshot = emptySnapshot('gen-1', 1, new Date(clock.ms).toISOString(), { assignments: [assignment({ version: 3, status: 'arrived' })] });

    engine.start();
    await until(() => ASSIGNMENT in shown.world.assignment);

    expect(shown.world.assignment[ASSIGNMENT]!.status).toBe('arrived');
  });
});

describe('a command the server could not read', () => {
  it.each(['again tried by hand', 'at the next start'])('goes %s, once the server can', async (when) => {
    await start();
    server.accept = () => 400;
    await engine.submit(note('他说只是帮朋友'));
    await until(() => statuses()[0] === 'stuck');
    server.accept = () => 200;

    if (when === 'at the next start') {
      engine.stop();
      await start();
    } else await engine.wake();
    await settled();

    expect(server.effects).toHaveLength(1);
  });
});

describe('a server set back (§8.18)', () => {
  it('gets again what it forgot, also below a number it was given since', async () => {
    await start();
    for (const text of ['一', '二', '三']) await engine.submit(note(text));
    await settled();
    server.publish('assignment.offered', subject, assignment());
    await clock.pass(11_000);
    // The backup knows the first only; then a fourth arrives before anyone noticed.
    const [kept, ...lost] = server.effects;
    server.stored = new Map([...server.stored].filter(([id]) => id === kept));
    [server.effects, server.feed] = [[kept!], []];
    server.check = (subjects) => {
      const missing = subjects.flatMap((one: any) => one.ids ?? []).filter((id: string) => !server.stored.has(id));
      return { ok: false, missing, differ: subjects.map((one: any) => one.id) };
    };
    server.snapshot = emptySnapshot('gen-1', 0, new Date(clock.ms).toISOString(), { known_seq: 4 });

    const fourth = await engine.submit(note('四'));
    await until(() => server.effects.length === 4);

    expect([...server.effects].sort()).toEqual([kept, ...lost, fourth.cmd_id].sort());
  });
});

describe('a snapshot', () => {
  it('that lacks the subject of something unsent keeps it, marked (§8.17)', async () => {
    await start();
    server.publish('assignment.offered', subject, assignment());
    await clock.pass(11_000);
    await until(() => ASSIGNMENT in shown.world.assignment);
    server.faults = Array(50).fill('drop_before');
    await engine.submit(accept);
    server.gen = 'gen-2';

    await clock.pass(11_000);
    await until(() => shown.detached.length > 0);

    expect(shown.detached).toEqual([ASSIGNMENT]);
    expect(shown.commands).toHaveLength(1);
  });

  it.each(['the feed', 'the clock'])('and lets it go, told by %s, when the last of it is settled', async (by) => {
    await start();
    server.publish('assignment.arrived', subject, assignment({ version: 3, status: 'arrived', arrived_at: '2026-11-22T06:48:50Z' }));
    await clock.pass(11_000);
    await until(() => ASSIGNMENT in shown.world.assignment);
    server.faults = Array(50).fill('drop_before');
    await engine.submit({ type: 'conclude', subject: { kind: 'assignment', id: ASSIGNMENT }, args: { report: { id: uuid7() } } });
    server.gen = 'gen-2';
    await clock.pass(11_000);
    await until(() => shown.detached.length > 0);
    [server.faults, server.outcome] = [[], () => ({ outcome: 'noop', code: 'STALE' })];

    const { feed } = engine as any;
    const real = feed.dropDetached;
    if (by === 'the clock') feed.dropDetached = async () => undefined;
    await engine.wake();
    await settled();
    feed.dropDetached = real;
    if (by === 'the clock') await (engine as any).tidy();
    await until(() => shown.detached.length === 0);

    expect([shown.detached, shown.world.assignment]).toEqual([[], {}]);
    expect(await engine.store.allBase()).toEqual([]);
  });

  it('asked for before a command was settled does not take its effect away (§8.26)', async () => {
    await start();
    server.publish('assignment.offered', subject, assignment());
    await clock.pass(11_000);
    await until(() => ASSIGNMENT in shown.world.assignment);
    const before = emptySnapshot('gen-1', 1, new Date(clock.ms).toISOString(), { assignments: [assignment()] });
    const real = server.transport;
    let arrive: (() => void) | null = null;
    server.transport = (ask) => (ask.path.startsWith('sync/snapshot')
      ? new Promise((done) => (arrive = () => done({ status: 200, code: '', body: before, headers: { get: () => null } })))
      : real(ask));
    server.pruned = 2; // too old: the next pull asks for a snapshot
    void clock.pass(11_000);
    await until(() => arrive !== null);
    server.outcome = () => ({ outcome: 'applied', feed_seq: 2 });
    await engine.submit(accept);
    await settled();
    const drawn: string[] = [];
    (engine as any).listener.shown = (next: Shown) => drawn.push((shown = next).world.assignment[ASSIGNMENT]!.status);

    arrive!();
    await until(() => drawn.length > 0);
    for (let i = 0; i < 5; i++) await settle();

    expect(new Set(drawn)).toEqual(new Set(['accepted']));
  });

  it('of a new feed ends the wait for numbers of the old one', async () => {
    await start();
    server.outcome = () => ({ outcome: 'applied', feed_seq: 900 });
    await engine.submit({ type: 'state', subject: { kind: 'case', id: CASE }, args: { victim_state: 'aware' } });
    await settled();
    server.gen = 'gen-2';
    server.snapshot = emptySnapshot('gen-2', 3, new Date(clock.ms).toISOString(), { cases: [{ id: CASE, version: 9, victim_state: 'convinced' }] });

    await clock.pass(11_000);
    await until(() => shown.world.case[CASE]?.victim_state === 'convinced');

    expect([shown.cursor, shown.world.case[CASE]!.victim_state]).toEqual([3, 'convinced']);
  });
});

describe('a phone taken off the list', () => {
  it('hands in commands and photos by the other door, forgets everything, then says so (§8.14)', async () => {
    await start();
    [server.faults, server.shut] = [Array(50).fill('drop_before'), 'sync/blobs/'];
    await engine.submit(accept);
    await engine.submit(photoFact, { photo: photo() });
    server.faults = [{ status: 403, code: 'device_revoked', body: { ingest_token: 'once' } } as any];

    void engine.wake();
    await until(() => shown.wiped);

    const handedIn = posts('sync/ingest').flatMap((ask) => (ask.json as any).commands);
    expect(handedIn).toHaveLength(2);
    expect(posts('sync/ingest')[0]!.headers).toEqual({ 'X-Ingest-Token': 'once' });
    expect(server.asked.filter((ask) => ask.method === 'PATCH').map((ask) => ask.path)).toEqual(Array(3).fill(`sync/ingest/blobs/${'cd'.repeat(32)}`));
    expect([posts('sync/ingest/wiped').length, shown.commands.length, shown.trouble]).toEqual([1, 0, 'revoked']);
    expect([await engine.store.allBase(), await engine.store.allBlobs(), await engine.store.meta('user')]).toEqual([[], [], undefined]);
  });

  it('hands in what was stuck as well; what even that door refuses keeps it no longer', async () => {
    await start();
    server.accept = (commands) => (commands.some(({ text }) => text.includes('卡住')) ? 400 : 200);
    await engine.submit(note('卡住的一条'));
    await until(() => statuses()[0] === 'stuck');
    // The second is refused at this door as well.
    await engine.submit(note('卡住，永远'));
    await until(() => statuses()[1] === 'stuck');
    const real = server.transport;
    server.transport = async (ask) => (ask.path === 'sync/ingest' && JSON.stringify(ask.json).includes('永远') ? { status: 400, code: 'invalid', body: null, headers: { get: () => null } } : real(ask));
    server.faults = [{ status: 403, code: 'device_revoked', body: { ingest_token: 'once' } } as any];
    await engine.submit(accept);
    await until(() => shown.wiped);

    const handedIn = posts('sync/ingest').flatMap((ask) => (ask.json as any).commands.map((one: any) => JSON.parse(one.text).type));
    expect(handedIn.sort()).toEqual(['accept', 'note']);
    expect([shown.wiped, shown.commands.length]).toEqual([true, 0]);
  });

  it.each(['with commands to hand in', 'with photos alone'])('let go, whose token runs out, goes on by the front door %s', async (what) => {
    await start();
    server.shut = 'sync/blobs/';
    await engine.submit(photoFact, { photo: photo(1000) });
    await settled();
    const real = server.transport;
    server.transport = async (ask) => (ask.path.startsWith('sync/ingest') ? { status: 401, code: 'signed_out', body: null, headers: { get: () => null } } : real(ask));
    (engine as any).release = { reason: 'x', ingest_token: 't' };
    if (what === 'with commands to hand in') {
      server.faults = [503, 503];
      await engine.submit(note('还没发'));
    }
    await engine.handIn();
    server.shut = '';
    for (let i = 0; i < 20 && shown.blobs[0]!.state !== 'done'; i++) await clock.pass(20_000);

    expect([shown.trouble, shown.blobs[0]!.state, shown.wiped]).toEqual([null, 'done', false]);
    expect(statuses().every((status) => status === 'settled')).toBe(true);
  });

  it('wipes nothing that was not taken', async () => {
    await start();
    server.faults = [{ status: 403, code: 'device_revoked', body: { ingest_token: 'once' } } as any, 500, 500, 500];
    await engine.submit(accept);
    await settle();
    await settle();

    expect([shown.wiped, shown.commands.length]).toEqual([false, 1]);
  });
});

describe('an answer', () => {
  it('of a hotel that says 200 to everything is no answer', async () => {
    await start();
    const page = { status: 200, code: '', body: null, headers: { get: () => null } };
    const real = server.transport;
    server.transport = async () => page;
    await engine.submit(accept);
    await settle();
    expect(statuses()).toEqual(['sent_unknown']);

    server.transport = real;
    await clock.pass(30_000);
    await settled();
    expect(server.effects).toHaveLength(1);
  });

  it('426 keeps the queue and asks for the new version', async () => {
    await start();
    server.faults = Array(2).fill({ status: 426, code: 'update_wanted' });
    await engine.submit(accept);
    await until(() => shown.trouble === 'update');

    expect([shown.trouble, statuses()]).toEqual(['update', ['sent_unknown']]);
  });

  it('401 that passes, as of a session store that hiccups, is forgotten with the next heartbeat that is taken', async () => {
    await start();
    const real = server.transport;
    const refusal = { status: 401, code: 'signed_out', body: null, headers: { get: () => null } };
    let refused = 0;
    server.transport = async (ask) => (ask.path === 'sync/heartbeat' && !refused++ ? refusal : real(ask));
    for (let i = 0; i < 20 && shown.trouble === null; i++) await clock.pass(1000);
    expect(shown.trouble).toBe('signed_out');

    await clock.pass(16_000);

    expect(shown.trouble).toBeNull();
  });

  it('csrf_failed for ever is not a storm', async () => {
    await start();
    server.faults = Array(50).fill({ status: 403, code: 'csrf_failed' });
    await engine.submit(accept);
    for (let i = 0; i < 5; i++) await settle();

    expect(posts().length).toBeLessThanOrEqual(2);
  });

  it('deferred is asked about again by itself, whoever kicked meanwhile', async () => {
    await start();
    server.outcome = () => ({ outcome: 'deferred' });
    await engine.submit(accept);
    await until(() => statuses()[0] === 'sent_unknown' && shown.commands[0]!.outcome === 'deferred');
    server.outcome = () => ({ outcome: 'applied' });
    await engine.submit(note('另一道'));
    await until(() => statuses()[1] === 'settled');
    expect(statuses()).toEqual(['sent_unknown', 'settled']);

    await clock.pass(61_000);
    await settled();

    expect(server.effects).toHaveLength(2);
  });
});

describe('a photo (§8.24)', () => {
  it('cut at any part goes on by itself where the server stands', async () => {
    await start();
    server.blobFaults = ['drop_after', 'drop_before', 'drop_after', 'drop_before', 'drop_after'];
    await engine.submit(photoFact, { photo: photo() });
    for (let i = 0; i < 40 && shown.blobs[0]?.state !== 'done'; i++) await clock.pass(10_000);

    expect(shown.blobs[0]!.state).toBe('done');
    expect(server.blobs.get('cd'.repeat(32))).toBe(600 * 1024);
    expect(server.blobBytes).toBe(600 * 1024);
  });

  it.each([[200, ''], [204, ''], [400, ''], [413, '']])('answered %i by something in between is neither taken nor refused', async (status, code) => {
    await start();
    const real = server.transport;
    server.transport = async (ask) => (ask.method === 'PATCH' || (status < 300 && ask.method === 'HEAD') ? { status, code, body: null, headers: { get: () => null } } : real(ask));
    await engine.submit(photoFact, { photo: photo() });
    for (let i = 0; i < 10; i++) await settle();
    expect(shown.blobs[0]!.state).toBe('waiting');

    server.transport = real;
    await engine.wake();
    await until(() => shown.blobs[0]!.state === 'done');

    expect(server.blobBytes).toBe(600 * 1024);
  });

  it('going up is not read again with every part', async () => {
    await start();
    let reads = 0;
    const real = engine.store.allBlobs;
    engine.store.allBlobs = () => ((reads += 1), real());
    await engine.submit(photoFact, { photo: photo() });
    await until(() => shown.blobs[0]?.state === 'done');
    for (let i = 0; i < 5; i++) await settle();

    expect(shown.blobs[0]!.uploaded_offset).toBe(600 * 1024);
    expect(reads).toBeLessThanOrEqual(4);
  });

  it('the server will never take is said so, and the fact stands', async () => {
    await start();
    server.blobFaults = [{ status: 400, code: 'bad_file' }];
    await engine.submit(photoFact, { photo: photo() });
    await until(() => shown.blobs[0]?.state === 'refused');

    expect([shown.blobs[0]!.state, shown.blobs[0]!.reason, statuses()]).toEqual(['refused', 'bad_file', ['settled']]);
    expect((await engine.photo('cd'.repeat(32)))?.byteLength).toBe(600 * 1024);
  });

  it('stays, refused and with its reason, over a restart, until its member drops it, by a command, once; one on its way is not dropped', async () => {
    await start();
    server.blobFaults = [{ status: 413, code: 'too_large' }];
    await engine.submit(photoFact, { photo: photo() });
    await until(() => shown.blobs[0]?.state === 'refused');
    engine.stop();
    await start();
    expect(shown.blobs.map((blob) => [blob.state, blob.reason])).toEqual([['refused', 'TOO_BIG']]);

    server.shut = 'sync/blobs';
    const other = { ...photo(10), sha256: 'ef'.repeat(32) };
    await engine.submit({ ...photoFact, args: { ...photoFact.args, id: uuid7(), sha256: other.sha256 } }, { photo: other });
    const drop = (sha256: string) => engine.submit({ type: 'drop_photo', subject: photoFact.subject, args: { sha256 } }, { drop: sha256 });
    await Promise.all([drop('cd'.repeat(32)), drop('cd'.repeat(32)), drop(other.sha256)]);
    await until(() => shown.blobs[0]?.state === 'dropped');

    expect(shown.blobs.map((blob) => [blob.sha256, blob.state, blob.bytes === null])).toEqual([['cd'.repeat(32), 'dropped', true], [other.sha256, 'waiting', false]]);
    expect(shown.commands.map((row) => [row.seq, row.type])).toEqual([[1, 'photo'], [2, 'photo'], [3, 'drop_photo']]);
  });
});

describe('what leaves the phone', () => {
  async function heard(kind: string, body: any): Promise<void> {
    await start();
    server.publish(kind, subject, body);
    await clock.pass(11_000);
    await until(() => ASSIGNMENT in shown.world.assignment);
    expect(ASSIGNMENT in shown.world.assignment).toBe(true);
  }
  const over = () => assignment({ status: 'concluded', ended_at: '2026-11-22T06:48:30Z' });

  it('is a case that ended a day ago, with no network to ask; never one with something unsent', async () => {
    await heard('assignment.concluded', over());
    server.faults = Array(500).fill('drop_before');
    await engine.submit(note('迟到的'));
    engine.stop();
    clock.ms += 25 * 3600_000;
    await open();
    expect(ASSIGNMENT in shown.world.assignment).toBe(true);

    engine.start();
    server.faults = [];
    await settled();
    engine.stop();
    clock.ms += 23 * 3600_000;
    await open();
    expect(ASSIGNMENT in shown.world.assignment).toBe(true);

    engine.stop();
    clock.ms += 2 * 3600_000;
    await open();

    expect(shown.world.assignment).toEqual({});
    expect(JSON.stringify(await engine.store.allCommands())).not.toContain('迟到的');
  });

  it('is a case nothing was heard of for two days', async () => {
    await heard('assignment.offered', assignment());
    engine.stop();
    clock.ms += 49 * 3600_000;

    await open();

    expect(shown.world.assignment).toEqual({});
  });

  it('is the words of a settled command after the shift; a refusal nobody has read stays', async () => {
    await start();
    server.outcome = (command) => ({ outcome: command.type === 'accept' ? 'conflict' : 'applied', code: 'TAKEN' });
    await engine.submit(accept);
    await engine.submit(note('王庆和'));
    await settled();
    engine.stop();
    clock.ms += 27 * 3600_000;

    await open();

    expect(shown.commands.map((row) => [row.type, row.text !== ''])).toEqual([['accept', true], ['note', false]]);
  });
});
