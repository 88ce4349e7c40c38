import { describe, expect, it, vi } from 'vitest';
import { OPEN_WITHIN_MS } from '../src/lib/constants';
import { ClockOffset } from '../src/lib/clock';
import { sha256 } from '../src/lib/sha';
import { uuid7 } from '../src/lib/uuid7';
import { Queue } from '../src/sync/queue';
import { Store } from '../src/sync/store';
import { accept, CASE, freshStore, HandClock, note } from './fake';

const make = async () => {
  const [store, clock] = [await freshStore(), new HandClock()];
  return { store, clock, queue: new Queue(store, new ClockOffset(), clock.now) };
};
const order = (fields: object = accept) => ({ cmd_id: uuid7(), ...(fields as typeof accept) });

describe('submit', () => {
  it('keeps exactly the bytes it hashed, with every field of the envelope', async () => {
    const { store, queue } = await make();

    const row = await queue.submit({ ...order(), base_version: 3, pos: { lng: 107.4, lat: 29.7, acc: 8, fix_at: '2026-11-22T06:48:59Z' } });

    const kept = (await store.allCommands())[0]!;
    expect(kept.sha).toBe(await sha256(kept.text));
    expect(Object.keys(JSON.parse(kept.text))).toEqual(['cmd_id', 'seq', 'type', 'v', 'subject', 'base_version', 'args', 'occurred_at', 'offset_ms', 'offset_age_s', 'pos', 'app']);
    expect(JSON.parse(kept.text)).toMatchObject({ cmd_id: row.cmd_id, seq: 1, v: 1, base_version: 3, occurred_at: '2026-11-22T06:49:00.000Z', offset_ms: null });
  });

  it('asks the disk for strict durability: "saved" is on disk, not on its way', async () => {
    const { store, queue } = await make();
    const asked: any[] = [];
    const db = (store as any).db;
    (store as any).db = new Proxy(db, { get: (target, key) => (key === 'transaction' ? (...args: any[]) => (asked.push(args), target.transaction(...args)) : target[key]) });

    await queue.submit(order());

    const writes = asked.filter(([, mode]) => mode === 'readwrite');
    expect(writes.length).toBeGreaterThan(0);
    expect(writes.every(([, , options]) => options?.durability === 'strict')).toBe(true);
  });

  it('gives each command its own number, also when two tabs submit at once', async () => {
    const { store, queue, clock } = await make();
    const other = new Queue(store, new ClockOffset(), clock.now);

    await Promise.all([queue.submit(order()), other.submit(order()), queue.submit(order()), other.submit(order())]);

    const rows = await store.allCommands();
    expect(rows.map((row) => row.seq)).toEqual([1, 2, 3, 4]);
    expect(rows.map((row) => JSON.parse(row.text).seq)).toEqual([1, 2, 3, 4]);
    expect(await store.meta('next_seq')).toBe(5);
  });

  it('takes the draft away and pins the photo in the same transaction', async () => {
    const { store, queue } = await make();
    await store.write(['drafts'], async (tx) => void (await tx.objectStore('drafts').put({ subject: CASE, form: 'note', values: 'x', updated_at: 1 })));
    const bytes = new Uint8Array([1, 2, 3]).buffer;

    await queue.submit(order(note('愿意不转了')), { draft: { subject: CASE, form: 'note' }, photo: { sha256: 'aa', bytes, mime: 'image/jpeg', case_id: CASE } });

    expect(await store.draft(CASE, 'note')).toBeUndefined();
    expect(await store.blob('aa')).toMatchObject({ size: 3, state: 'waiting', uploaded_offset: 0 });
  });
});

describe('a crash while submitting', () => {
  it.each(['meta', 'commands', 'drafts'])('leaves the draft and no command when the write to %s fails', async (broken) => {
    const { store, queue } = await make();
    await store.write(['drafts'], async (tx) => void (await tx.objectStore('drafts').put({ subject: CASE, form: 'note', values: '写到一半', updated_at: 1 })));
    const write = store.write.bind(store);
    store.write = ((stores: any, work: any) => write(stores, (tx) => work(new Proxy(tx, {
      get: (target: any, name) => (name === 'objectStore'
        ? (which: string) => (which === broken && stores.length > 1 ? { ...proxyStore(target.objectStore(which)) } : target.objectStore(which))
        : target[name]),
    })))) as typeof store.write;

    await expect(queue.submit(order(note('写到一半')), { draft: { subject: CASE, form: 'note' } })).rejects.toThrow('power');

    store.write = write;
    expect(await store.allCommands()).toEqual([]);
    expect((await store.draft(CASE, 'note'))?.values).toBe('写到一半');
    expect(await store.meta('next_seq')).toBe(1);
  });

  it('saves after the system closed the connection', async () => {
    const { store, queue } = await make();
    (store as any).db.close();

    await queue.submit(order());

    expect(await store.allCommands()).toHaveLength(1);
  });
});

const power = () => { throw new Error('power'); };
const proxyStore = (real: any) => ({ get: (key: any) => real.get(key), index: (name: string) => real.index(name), add: power, put: power, delete: power });

describe('a disk that does not open', () => {
  it('is given up after a while, and a connection that comes too late is not kept', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const ask: any = {};
    const open = vi.spyOn(indexedDB, 'open').mockReturnValue(ask);
    const opening = expect(new Store('blocked').open()).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }));
    await vi.advanceTimersByTimeAsync(OPEN_WITHIN_MS + 1);
    await opening;
    open.mockRestore();
    vi.useRealTimers();

    const close = vi.fn();
    ask.result = { close };
    ask.onsuccess();
    await vi.waitFor(() => expect(close).toHaveBeenCalled());
  });
});

describe('after a restore of the server', () => {
  it('sends again what was settled above the number the server knows, same bytes', async () => {
    const { store, queue, clock } = await make();
    const rows = [await queue.submit(order()), await queue.submit(order()), await queue.submit(order())];
    await queue.settle(rows.map((row) => ({ cmd_id: row.cmd_id, outcome: 'applied' })), 0);

    expect(await queue.requeueAbove(1, clock.ms + 1)).toBe(2);

    const again = await queue.toSend();
    expect(again.map((row) => row.seq)).toEqual([2, 3]);
    expect(again[0]!.text).toBe(rows[1]!.text);
    expect((await store.allCommands())[0]!.status).toBe('settled');
  });
});
