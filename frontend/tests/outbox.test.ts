/** What was typed lies sealed on the disk until it is confirmed, and nothing is lost by that. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import disk100 from './fixtures/disk-1.0.0.json';
import { sha256 } from '../src/lib/sha';
import { uuid7 } from '../src/lib/uuid7';
import { Engine, type Shown } from '../src/sync/engine';
import { endLease } from '../src/sync/lease';
import { lock } from '../src/sync/purge';
import { Store } from '../src/sync/store';
import { accept, alone, CASE, FakeServer, freshLocks, HandClock, ME, note, settle, until } from './fake';

const SECRET = '王庆和转了八万六';
let clock: HandClock, server: FakeServer, engine: Engine, shown: Shown, name: string;
const opened: Engine[] = [];

async function open(): Promise<Engine> {
  const mine = server;
  engine = new Engine(new Store(name), { ...ME }, {
    transport: (ask) => mine.transport(ask), time: clock, alone, refreshToken: async () => true, offline: () => false,
    newlyChanged: () => undefined, openSocket: () => ({ send: () => undefined, close: () => undefined }),
  }, { shown: (next) => (shown = next), events: () => undefined });
  opened.push(engine);
  await engine.open();
  return engine;
}

async function start(): Promise<void> {
  await open();
  engine.start();
  await until(() => shown.known);
}

const told = <T>(ask: IDBRequest<T>): Promise<T> => new Promise((done, failed) => { ask.onsuccess = () => done(ask.result); ask.onerror = () => failed(ask.error); });

/** Everything on this disk as it lies there, past the store. */
async function onDisk(...stores: string[]): Promise<any[]> {
  const db = await told(indexedDB.open(name));
  const rows = await Promise.all(stores.map((store) => told(db.transaction(store).objectStore(store).getAll())));
  db.close();
  return rows.flat();
}

/** Every text and every byte of it, to be searched. */
function spelled(value: any): string {
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('utf8');
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer).toString('utf8');
  return value && typeof value === 'object' ? Object.values(value).map(spelled).join(' ') : String(value);
}

async function photo() {
  const bytes = new TextEncoder().encode(`${SECRET}.jpg`).buffer as ArrayBuffer;
  return { sha256: await sha256(`${SECRET}.jpg`), bytes, mime: 'image/jpeg', case_id: CASE };
}
const photoFact = (one: { sha256: string }) =>
  ({ type: 'photo', subject: { kind: 'case' as const, id: CASE }, args: { id: uuid7(), sha256: one.sha256, mime: 'image/jpeg', size: 20, caption: SECRET } });

const sent = (): string[] => server.asked.filter((ask) => ask.path === 'sync/commands').flatMap((ask) => (ask.json as any).commands.map((one: any) => one.text));
const settled = () => until(() => shown.commands.length > 0 && shown.commands.every((row) => row.status === 'settled'));
const cutOff = () => (server.shut = 'sync/');
/** The network is back, and what was in flight before has ended. */
async function cutOffEnds(): Promise<void> {
  await until(() => server.inFlight === 0);
  await settle();
  [server.shut, server.asked] = ['', []];
}
const loseKey = (store: Store) => store.write(['meta'], async (tx) => void (await tx.objectStore('meta').delete('outbox_key')));

beforeEach(() => {
  [clock, name] = [new HandClock(), `fieldops-${uuid7()}`];
  server = new FakeServer(clock);
  freshLocks();
});

afterEach(() => {
  vi.restoreAllMocks();
  for (const one of opened.splice(0)) one.stop();
});

describe('on the disk', () => {
  it('no word, no place, no draft and no photo lies in clear', async () => {
    await start();
    cutOff();
    engine.fix = { lng: 107.394, lat: 29.703, acc: 8, fix_at: '2026-11-22T06:48:59Z' };
    const one = await photo();
    await engine.submit(note(SECRET));
    await engine.submit(photoFact(one), { photo: one });
    engine.drafts.keep(CASE, 'note', SECRET);
    engine.drafts.keep(CASE, 'report', { words: SECRET, sums: [86_000] });
    await engine.drafts.flush();

    const rows = await onDisk('commands', 'drafts', 'blobs');

    expect(rows).toHaveLength(5);
    for (const plain of [SECRET, '107.394', '86000']) expect(spelled(rows)).not.toContain(plain);
    // The same search finds it where it may be read.
    expect(spelled(await engine.store.allCommands())).toContain(SECRET);
    expect(await engine.drafts.load(CASE, 'report')).toEqual({ words: SECRET, sums: [86_000] });
    expect(spelled(await engine.photo(one.sha256))).toBe(`${SECRET}.jpg`);
  });

  it('a command is found by id, number, subject and state, and a photo by its hash', async () => {
    await start();
    cutOff();
    const one = await photo();
    const row = await engine.submit(photoFact(one), { photo: one });

    const [lies] = await onDisk('commands');

    expect(lies).toMatchObject({ cmd_id: row.cmd_id, seq: 1, subject: row.subject, type: 'photo', args: { sha256: one.sha256 }, text: '' });
    expect(await sha256(row.text)).toBe(lies.sha);
  });

  it('what an answer or a retry writes leaves the words sealed', async () => {
    await start();
    server.faults = [500];
    await engine.submit(note(SECRET));
    await until(() => shown.commands[0]?.status === 'sent_unknown');
    await clock.pass(5000);
    await settled();

    expect(spelled(await onDisk('commands'))).not.toContain(SECRET);
    expect(sent()).toEqual([shown.commands[0]!.text, shown.commands[0]!.text]);
  });
});

describe('after a restart', () => {
  it('commands, drafts and photos are read and go up, the same bytes', async () => {
    await start();
    cutOff();
    const one = await photo();
    const rows = [await engine.submit(accept), await engine.submit(note(SECRET)), await engine.submit(photoFact(one), { photo: one })];
    engine.drafts.keep(CASE, 'note', SECRET);
    await engine.drafts.flush();
    engine.stop();

    await cutOffEnds();
    await start();
    await settled();
    await until(() => shown.blobs[0]?.state === 'done');

    expect(sent()).toEqual(rows.map((row) => row.text));
    expect(server.asked.filter((ask) => ask.method === 'PATCH').map((ask) => spelled(ask.bytes))).toEqual([`${SECRET}.jpg`]);
    expect(await engine.drafts.load(CASE, 'note')).toBe(SECRET);
  });

  it('a disk of the version before is upgraded, read and sent; a tab of that version cannot send empty words', async () => {
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => {
      const db = asked.result;
      db.createObjectStore('meta');
      db.createObjectStore('base', { keyPath: ['kind', 'id'] }).createIndex('case_id', 'case_id');
      const commands = db.createObjectStore('commands', { keyPath: 'seq' });
      commands.createIndex('cmd_id', 'cmd_id', { unique: true });
      commands.createIndex('lane', ['subject_key', 'seq']);
      commands.createIndex('status', 'status');
      db.createObjectStore('blobs', { keyPath: 'sha256' });
      db.createObjectStore('drafts', { keyPath: ['subject', 'form'] });
    };
    const old = await told(asked);
    const tx = old.transaction(['meta', 'commands', 'drafts'], 'readwrite');
    for (const [key, value] of Object.entries(disk100.meta)) tx.objectStore('meta').put(value, key);
    for (const row of disk100.commands) tx.objectStore('commands').put(row);
    for (const row of disk100.drafts) tx.objectStore('drafts').put(row);
    await new Promise((done) => (tx.oncomplete = done));
    old.onversionchange = () => old.close();

    await start();
    await settled();

    // The fixture's first was settled already.
    expect(sent()).toEqual(disk100.commands.slice(1).map((row) => row.text));
    await expect(told(indexedDB.open(name, 1))).rejects.toThrow();
    expect(() => old.transaction('commands')).toThrow();
  });
});

describe('two tabs', () => {
  it('read and send what the other sealed', async () => {
    await start();
    const first = engine;
    cutOff();
    const row = await first.submit(note(SECRET));
    first.pump.stop();
    await cutOffEnds();

    await start();
    await settled();

    expect(sent()).toEqual([row.text]);
  });

  it('the lease ended in one: what the other saves after it has its key on the disk', async () => {
    await start();
    const late = engine;
    expect(await endLease(late.store)).toBe(true);
    expect(await late.store.meta('outbox_key')).toBeUndefined();
    cutOff();
    const row = await late.submit(note(SECRET));
    late.drafts.keep(CASE, 'note', SECRET);
    await late.drafts.flush();
    late.stop();

    await open();

    expect((await engine.store.allCommands()).map((one) => one.text)).toEqual([row.text]);
    expect(await engine.drafts.load(CASE, 'note')).toBe(SECRET);
  });

  it('a new key begun by the other is taken before anything is written under the old one', async () => {
    await start();
    const late = engine;
    cutOff();
    await loseKey(late.store);
    await open();
    const first = await engine.submit(note('那边'));

    late.drafts.keep(CASE, 'note', SECRET);
    await late.drafts.flush();
    const second = await late.submit(note(SECRET));
    late.stop();
    engine.stop();
    await open();

    expect((await engine.store.allCommands()).map((one) => one.text)).toEqual([first.text, second.text]);
    expect(await engine.drafts.load(CASE, 'note')).toBe(SECRET);
  });
});

describe('signing out', () => {
  it('with something unsent keeps it sealed, and it goes up at the next sign-in', async () => {
    await start();
    cutOff();
    const row = await engine.submit(note(SECRET));
    await lock(engine.store, false);
    engine.stop();
    expect(spelled(await onDisk('commands'))).not.toContain(SECRET);

    await cutOffEnds();
    await start();
    await settled();

    expect(sent()).toEqual([row.text]);
  });
});

describe('a key that is gone', () => {
  async function broken(): Promise<void> {
    await start();
    cutOff();
    const one = await photo();
    await engine.submit(note(SECRET));
    await engine.submit(photoFact(one), { photo: one });
    await loseKey(engine.store);
    engine.stop();
    await cutOffEnds();
  }

  it('drops nothing: it is shown as stuck and told to the desk, and holds up nobody', async () => {
    await broken();
    const before = await onDisk('commands', 'blobs');
    await start();
    await engine.submit(accept);
    await until(() => shown.commands.at(-1)?.status === 'settled');
    await until(() => shown.blobs[0]?.state === 'refused');
    await engine.wake();

    expect(shown.commands.map((row) => [row.status, row.code])).toEqual([['stuck', 'UNREADABLE'], ['stuck', 'UNREADABLE'], ['settled', null]]);
    expect(sent()).toEqual([shown.commands[2]!.text]);
    const beat = server.asked.filter((ask) => ask.path === 'sync/heartbeat').at(-1)!.json as any;
    expect([beat.pending, beat.stuck]).toEqual([2, 2]);
    expect(await endLease(engine.store)).toBe(false);
    const after = await onDisk('commands', 'blobs');
    expect(after.filter((row) => row.sealed).map((row) => row.cmd_id ?? row.sha256)).toEqual(expect.arrayContaining(before.map((row) => row.cmd_id ?? row.sha256)));
  });

  it('keeps no revoked phone from being emptied', async () => {
    await broken();
    server.faults = [{ status: 403, code: 'device_revoked', body: { ingest_token: 'once' } }];
    await start();
    void engine.submit(accept);
    await until(() => shown.wiped);

    expect(shown.wiped).toBe(true);
    expect(await onDisk('commands', 'blobs', 'drafts')).toEqual([]);
  });
});

it('a browser that cannot keep a key saves in clear: better read than lost', async () => {
  const put = IDBObjectStore.prototype.put;
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value: any, key?: any) {
    if (key === 'outbox_key') throw new DOMException('no', 'DataCloneError');
    return put.call(this, value, key);
  });
  await start();
  cutOff();
  const row = await engine.submit(note(SECRET));
  engine.stop();
  expect(spelled(await onDisk('commands'))).toContain(SECRET);

  await cutOffEnds();
  await start();
  await settled();

  expect(sent()).toEqual([row.text]);
});

it('a draft that waits for the cipher while its form is sent does not come back', async () => {
  await start();
  const { outbox } = engine.store;
  const real = outbox.draft.bind(outbox);
  let goOn = () => {};
  const slow = new Promise<void>((done) => (goOn = done));
  outbox.draft = async (row) => (await slow, real(row));
  engine.drafts.keep(CASE, 'note', SECRET);
  const flushed = engine.drafts.flush();
  await engine.drafts.handOver({ subject: CASE, form: 'note' }, async () => {
    await engine.queue.submit({ ...note(SECRET), cmd_id: uuid7() }, { draft: { subject: CASE, form: 'note' } });
    goOn();
    await flushed;
  });

  expect(await engine.drafts.load(CASE, 'note')).toBeNull();
});
