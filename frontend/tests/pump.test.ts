import { beforeEach, describe, expect, it } from 'vitest';
import { ClockOffset } from '../src/lib/clock';
import { uuid7 } from '../src/lib/uuid7';
import { Pump } from '../src/sync/pump';
import { Queue } from '../src/sync/queue';
import type { Store } from '../src/sync/store';
import { accept, alone, FakeServer, freshStore, HandClock, note, settle } from './fake';

let store: Store, clock: HandClock, server: FakeServer, queue: Queue, pump: Pump, tokens: number, offline: boolean;

beforeEach(async () => {
  [store, clock, tokens, offline] = [await freshStore(), new HandClock(), 0, false];
  server = new FakeServer(clock);
  queue = new Queue(store, new ClockOffset(), clock.now);
  pump = makePump();
});

const makePump = () =>
  new Pump(queue, server.transport, clock, alone, {
    head: async () => ({ device_id: 'd', epoch: 'e', cursor: 0, seen: [] }),
    answered: async () => undefined,
    revoked: async () => false,
    drained: async () => undefined,
    refreshToken: async () => { tokens += 1; return true; },
    offline: () => offline,
    changed: () => undefined,
  }, () => 1);

const submit = (order: any = accept) => queue.submit({ cmd_id: uuid7(), ...order });
const statuses = async () => (await store.allCommands()).map((row) => row.status);
const posts = () => server.asked.filter((ask) => ask.path === 'sync/commands');

describe('what an answer means', () => {
  it('settles what was answered, in order, once', async () => {
    for (const text of ['a', 'b', 'c']) await submit(note(text));

    await pump.kick();

    expect(await statuses()).toEqual(['settled', 'settled', 'settled']);
    expect(server.effects).toEqual((await store.allCommands()).map((row) => row.cmd_id));
  });

  it.each(['drop_before', 'drop_after', 408, 423, 425, 429, 500, 503] as const)('keeps and sends the same bytes again after %s: one effect', async (fault) => {
    await submit();
    server.faults = [fault];

    await pump.kick();
    expect(await statuses()).toEqual(['sent_unknown']);
    expect(pump.nextTryAt).toBeGreaterThan(clock.ms);
    await clock.pass(3000);

    expect(await statuses()).toEqual(['settled']);
    expect(server.effects).toHaveLength(1);
    expect(JSON.stringify((posts()[0]!.json as any).commands)).toBe(JSON.stringify((posts()[1]!.json as any).commands));
  });

  it('never gives up: two hundred failures, then success, sent once', async () => {
    await submit();
    server.faults = Array(200).fill('drop_before');

    await pump.kick();
    for (let i = 0; i < 1000 && (await statuses())[0] !== 'settled'; i++) await clock.pass(301_000);

    expect(await statuses()).toEqual(['settled']);
    expect(server.effects).toHaveLength(1);
  });

  it('waits as long as the server asks', async () => {
    await submit();
    const transport = server.transport;
    const busy = { status: 503, code: '', body: null, headers: { get: (name: string) => (name === 'Retry-After' ? '90' : null) } };
    server.transport = async (ask) => (clock.ms < Date.parse('2026-11-22T06:50:00Z') ? busy : transport(ask));
    pump = makePump();

    await pump.kick();

    expect(pump.nextTryAt - clock.ms).toBe(90_000);
  });

  it.each([['signed_out', 401], ['device_revoked', 403]] as const)('stops on %s and burns nothing', async (code, status) => {
    await submit();
    server.faults = [{ status, code }];

    await pump.kick();

    expect(pump.trouble).toBe(code === 'signed_out' ? 'signed_out' : 'revoked');
    expect(await statuses()).toEqual(['sent_unknown']);
    await pump.kick();
    expect(await statuses()).toEqual(['settled']);
  });

  it('calls nothing sent while the phone knows that it is offline', async () => {
    await submit();
    offline = true;

    await pump.kick();
    expect([await statuses(), posts().length]).toEqual([['queued'], 0]);

    offline = false;
    await pump.kick();
    expect(await statuses()).toEqual(['settled']);
  });

  it('fetches a fresh token on csrf_failed and goes on', async () => {
    await submit();
    server.faults = [{ status: 403, code: 'csrf_failed' }];

    await pump.kick();

    expect(tokens).toBe(1);
    expect(await statuses()).toEqual(['settled']);
  });
});

describe('an answer of something in between', () => {
  it.each([[400, ''], [400, 'malformed'], [413, '']])('%i "%s" says nothing of the commands: they go again, none is stuck', async (status, code) => {
    for (const text of ['a', 'b', 'c']) await submit(note(text));
    server.faults = [{ status, code }];

    await pump.kick();
    expect(await statuses()).toEqual(['sent_unknown', 'sent_unknown', 'sent_unknown']);
    await clock.pass(3000);

    expect(await statuses()).toEqual(['settled', 'settled', 'settled']);
  });

  it('that asks for a year of patience is not obeyed for more than an hour', async () => {
    await submit();
    server.transport = async () => ({ status: 503, code: '', body: null, headers: { get: () => String(365 * 86_400) } });
    pump = makePump();

    await pump.kick();

    expect(pump.nextTryAt - clock.ms).toBeLessThanOrEqual(3600_000);
  });
});

describe('a deferred command', () => {
  const gaps = async (code: string) => {
    server.outcome = () => ({ outcome: 'deferred', code });
    await submit();
    await pump.kick();
    const at: number[] = [clock.ms];
    for (let n = posts().length; at.length < 7; n = posts().length) {
      await clock.pass(1000);
      if (posts().length > n) at.push(clock.ms);
    }
    return at.slice(1).map((one, i) => Math.round((one - at[i]!) / 1000));
  };

  it('whose fault was the server is asked about after seconds, growing, then each minute', async () => {
    expect(await gaps('FAULT')).toEqual([3, 6, 12, 24, 48, 60]);
  });

  it('that waits for its subject is asked about each minute', async () => {
    expect(await gaps('NOT_THERE')).toEqual([60, 60, 60, 60, 60, 60]);
  });

  it('is asked about at once where the clock was set back a month, and nothing spins', async () => {
    let looks = 0;
    const after = clock.after.bind(clock);
    clock.after = (ms, work) => ((looks += 1), after(ms, work));
    server.outcome = () => ({ outcome: 'deferred', code: 'NOT_THERE' });
    await submit();
    await pump.kick();
    clock.ms -= 31 * 24 * 3600_000;
    [server.outcome, looks] = [() => ({ outcome: 'applied' }), 0];

    await pump.kick();

    expect([await statuses(), looks]).toEqual([['settled'], 0]);
  });
});

describe('a poison command', () => {
  it.each([[400, 'BROKEN'], [413, 'TOO_BIG']])('answered %i is found by halving, stays, and holds up nobody', async (status, code) => {
    for (const text of ['a', 'poison', 'c', 'd', 'e']) await submit(note(text));
    server.accept = (commands) => (commands.some(({ text }) => text.includes('poison')) ? status : 200);

    await pump.kick();

    expect(await statuses()).toEqual(['settled', 'stuck', 'settled', 'settled', 'settled']);
    expect((await store.allCommands())[1]!.code).toBe(code);
    expect(server.effects).toHaveLength(4);
  });

  it('a deferred one keeps its lane waiting and lets the others by', async () => {
    const other = '0190bbbb-0000-7000-8000-000000000009';
    await submit(note('not there yet', other));
    server.outcome = (command) => ({ outcome: command.subject.id === other ? 'deferred' : 'applied' });
    await pump.kick();
    await submit(note('same lane', other));
    await submit(note('another lane'));

    await pump.kick();
    expect(await statuses()).toEqual(['sent_unknown', 'queued', 'settled']);

    server.outcome = () => ({ outcome: 'applied' });
    await clock.pass(61_000);
    await pump.kick();
    expect(await statuses()).toEqual(['settled', 'settled', 'settled']);
  });

  it('refused in a good envelope is settled with its reason', async () => {
    await submit();
    server.outcome = () => ({ outcome: 'conflict', code: 'TAKEN', by: '二组' });

    await pump.kick();

    expect((await store.allCommands())[0]).toMatchObject({ status: 'settled', outcome: 'conflict', code: 'TAKEN', info: { by: '二组' } });
  });
});

describe('one in flight', () => {
  it('among two pumps of two tabs and many kicks', async () => {
    const second = makePump();
    for (let i = 0; i < 6; i++) {
      await submit(note(String(i)));
      void pump.kick();
      void second.kick();
    }
    await Promise.all([pump.kick(), second.kick()]);
    await settle();

    expect(server.mostInFlight).toBe(1);
    expect(server.effects).toHaveLength(6);
    expect(new Set(await statuses())).toEqual(new Set(['settled']));
  });

  it('never more than fifty in a batch', async () => {
    for (let i = 0; i < 55; i++) await submit(note(String(i)));

    await pump.kick();

    expect(posts().map((ask) => (ask.json as any).commands.length)).toEqual([50, 5]);
  });
});
