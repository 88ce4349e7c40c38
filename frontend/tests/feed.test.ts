import { beforeEach, describe, expect, it } from 'vitest';
import { ClockOffset } from '../src/lib/clock';
import { uuid7 } from '../src/lib/uuid7';
import { Feed } from '../src/sync/feed';
import { lock } from '../src/sync/purge';
import { Queue } from '../src/sync/queue';
import type { Store } from '../src/sync/store';
import { Vault } from '../src/sync/vault';
import { assignment, ASSIGNMENT, CASE, emptySnapshot, FakeServer, freshStore, HandClock, note } from './fake';

let store: Store, clock: HandClock, server: FakeServer, feed: Feed, applied: number[];
const subject = { kind: 'assignment', id: ASSIGNMENT };
const secret = { case_id: CASE, name: '王庆和', phone: '13900000000', id_number: '', address: '', relatives: [], suspects: [] };

const makeFeed = async () => new Feed(store, await Vault.open(store), server.transport, clock.now, {
  applied: (events) => applied.push(...events.map((event) => event.seq)),
  snapshotTaken: async () => undefined,
  refused: () => undefined,
});

beforeEach(async () => {
  [store, clock, applied] = [await freshStore(), new HandClock(), []];
  server = new FakeServer(clock);
  feed = await makeFeed();
  await feed.load();
  await feed.pull();
});

describe('events', () => {
  it('move rows and cursor together, and the next start finds both', async () => {
    const event = server.publish('assignment.offered', subject, assignment());

    expect(await feed.take([event])).toBe('applied');

    const again = await makeFeed();
    await again.load();
    expect([again.cursor, again.base.assignment[ASSIGNMENT]!.status]).toEqual([1, 'offered']);
  });

  it('twice are once', async () => {
    const event = server.publish('assignment.offered', subject, assignment());

    await feed.take([event]);

    expect(await feed.take([event])).toBe('old');
    expect(applied).toEqual([1]);
  });

  it('with a gap are not applied', async () => {
    server.publish('assignment.offered', subject, assignment());
    const second = server.publish('assignment.accepted', subject, assignment({ version: 2, status: 'accepted' }));

    expect(await feed.take([second])).toBe('gap');

    expect([feed.cursor, feed.base.assignment]).toEqual([0, {}]);
    await feed.pull();
    expect([feed.cursor, feed.base.assignment[ASSIGNMENT]!.status]).toEqual([2, 'accepted']);
  });

  it('never bring an older body over a newer one', async () => {
    await feed.take([server.publish('assignment.accepted', subject, assignment({ version: 5, status: 'accepted' }))]);
    await feed.take([server.publish('assignment.offered', subject, assignment({ version: 4 }))]);

    expect(feed.base.assignment[ASSIGNMENT]!.status).toBe('accepted');
    expect(feed.cursor).toBe(2);
  });

  it('arriving by socket while a pull runs are applied in order', async () => {
    const events = Array.from({ length: 5 }, (_, i) => server.publish('assignment.changed', subject, assignment({ version: i + 1 })));

    await Promise.all([feed.pull(), feed.take(events.slice(2)), feed.take(events.slice(0, 3)), feed.pull()]);

    expect(feed.cursor).toBe(5);
    expect(applied).toEqual([1, 2, 3, 4, 5]);
  });

  it('of a crash before the commit leave the cursor where it was', async () => {
    const event = server.publish('assignment.offered', subject, assignment());
    const write = store.write.bind(store);
    store.write = ((stores: any, work: any) => write(stores, async (tx) => { await work(tx); throw new Error('power'); })) as typeof store.write;

    await expect(feed.take([event])).rejects.toThrow('power');
    store.write = write;

    expect([await store.meta('cursor'), await store.allBase()]).toEqual([0, []]);
    expect(await feed.take([event])).toBe('applied');
  });
});

describe('a snapshot', () => {
  it.each(['gen changed', 'pruned'])('replaces the base when the feed is %s; commands and drafts stay', async (why) => {
    await feed.take([server.publish('assignment.offered', subject, assignment())]);
    const queue = new Queue(store, new ClockOffset(), clock.now);
    await queue.submit({ cmd_id: uuid7(), ...note('留着') });
    await store.write(['drafts'], async (tx) => void (await tx.objectStore('drafts').put({ subject: CASE, form: 'report', values: 1, updated_at: 1 })));
    if (why === 'pruned') server.pruned = 7;
    else server.gen = 'gen-2';
    server.snapshot = emptySnapshot(server.gen, 9, '2026-11-22T06:49:00Z', { assignments: [assignment({ version: 8, status: 'en_route' })] });

    await feed.pull();

    expect([feed.cursor, feed.gen, feed.base.assignment[ASSIGNMENT]!.status]).toEqual([9, server.gen, 'en_route']);
    expect(await store.allCommands()).toHaveLength(1);
    expect((await store.draft(CASE, 'report'))?.values).toBe(1);
  });

  it('keeps what an unsettled command is about, though the server no longer shows it', async () => {
    await feed.take([server.publish('assignment.offered', subject, assignment())]);
    const queue = new Queue(store, new ClockOffset(), clock.now);
    await queue.submit({ cmd_id: uuid7(), type: 'accept', subject: { kind: 'assignment', id: ASSIGNMENT }, args: {} });
    server.gen = 'gen-2';

    await feed.pull();

    expect(feed.base.assignment[ASSIGNMENT]).toBeDefined();
  });
});

describe('personal data', () => {
  it('lies sealed on the phone and opens again', async () => {
    await feed.take([server.publish('assignment.accepted', subject, assignment({ status: 'accepted' }), { secret })]);

    const onDisk = (await store.allBase()).find((row) => row.kind === 'secret')!;
    expect(JSON.stringify(onDisk)).not.toContain('王庆和');
    expect(onDisk.body.data).toBeInstanceOf(ArrayBuffer);
    expect(feed.base.secret[CASE]!.name).toBe('王庆和');
    const again = await makeFeed();
    await again.load();
    expect(again.base.secret[CASE]!.name).toBe('王庆和');
  });

  it.each([[true, 0], [false, 1]])('is noise after signing out; with nothing unsent (%s) the cases go too', async (everything, left) => {
    await feed.take([server.publish('assignment.accepted', subject, assignment({ status: 'accepted' }), { secret })]);

    await lock(store, everything);

    const again = await makeFeed();
    await again.load();
    expect([again.base.secret, Object.keys(again.base.assignment).length, again.gen]).toEqual([{}, left, '']);
  });

  it('is left out when its key is gone', async () => {
    await feed.take([server.publish('assignment.accepted', subject, assignment({ status: 'accepted' }), { secret })]);
    await store.setMeta({ vault_key: undefined });

    const again = await makeFeed();
    await again.load();

    expect(again.base.secret).toEqual({});
    expect(again.base.assignment[ASSIGNMENT]).toBeDefined();
  });
});
