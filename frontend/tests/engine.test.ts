import { beforeEach, describe, expect, it } from 'vitest';
import type { FeedEvent } from '../src/lib/types';
import { Engine, type Shown } from '../src/sync/engine';
import type { Socket, SocketHandlers } from '../src/sync/ports';
import { Store } from '../src/sync/store';
import { uuid7 } from '../src/lib/uuid7';
import { accept, alone, assignment, ASSIGNMENT, FakeServer, freshLocks, HandClock, ME, note, settle, until } from './fake';

let clock: HandClock, server: FakeServer, engine: Engine, shown: Shown[], told: FeedEvent[], sockets: FakeSocket[], asked: number[], name: string;
const subject = { kind: 'assignment', id: ASSIGNMENT };

class FakeSocket implements Socket {
  sent: any[] = [];
  closed = false;
  constructor(readonly handlers: SocketHandlers) {}
  send(text: string) { this.sent.push(JSON.parse(text)); }
  close() { this.closed = true; }
  get acks() { return this.sent.filter((frame) => 'ack' in frame).map((frame) => frame.ack); }
}

async function start(): Promise<void> {
  engine = new Engine(new Store(name), { ...ME }, {
    transport: server.transport, time: clock, alone, refreshToken: async () => true, offline: () => false, newlyChanged: () => undefined,
    whenBack: () => void asked.push(clock.ms),
    quota: async () => ({ used: 41.2 * 2 ** 20, of: 50 * 2 ** 20 }),
    openSocket: (handlers) => {
      const socket = new FakeSocket(handlers);
      sockets.push(socket);
      return socket;
    },
  }, { shown: (next) => shown.push(next), events: (events) => told.push(...events) });
  await engine.open();
  engine.start();
  await until(() => shown.at(-1)?.known === true);
  await settle();
}

const openLine = async () => {
  sockets.at(-1)!.handlers.open();
  await settle();
};
const status = () => shown.at(-1)!.world.assignment[ASSIGNMENT]?.status;
const push = (events: FeedEvent[]) => sockets.at(-1)!.handlers.message(JSON.stringify({ ev: events }));

beforeEach(async () => {
  [clock, shown, told, sockets, asked, name] = [new HandClock(), [], [], [], [], `fieldops-${uuid7()}`];
  server = new FakeServer(clock);
  freshLocks();
  await start();
});

it('says with each heartbeat how much of its storage is used', async () => {
  await clock.pass(16_000);

  const beats = server.asked.filter((ask) => ask.path === 'sync/heartbeat');
  expect(beats.length).toBeGreaterThan(1);
  for (const beat of beats) expect(beat.json).toMatchObject({ used_mb: 42, quota_mb: 50 });
});

it('asks to be woken when the network is back, once for each time it goes', async () => {
  server.shut = 'sync/';
  await clock.pass(60_000);
  expect(asked).toHaveLength(1);

  server.shut = '';
  await clock.pass(20_000);
  server.shut = 'sync/';
  await clock.pass(20_000);
  expect(asked).toHaveLength(2);
});

it('beats never later than it said, and not in step with the others', async () => {
  const at: number[] = [];
  const real = server.transport;
  server.transport = (ask) => (ask.path === 'sync/heartbeat' && at.push(clock.ms), real(ask));
  engine.stop();
  await start();
  // Its first word goes out as soon as it has caught up, whenever that is.
  await engine.wake();
  at.length = 0;
  for (let i = 0; i < 300; i++) await clock.pass(1000);

  const gaps = at.slice(1).map((one, i) => one - at[i]!);
  expect(gaps.length).toBeGreaterThanOrEqual(18);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(15_000);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(12_000);
  expect(new Set(gaps.map(Math.round)).size).toBeGreaterThan(5);
});

describe('the line', () => {
  it('says hello with device, generation and cursor, and acknowledges only what is on disk', async () => {
    await openLine();
    const { hello } = sockets[0]!.sent[0];
    push([server.publish('assignment.offered', subject, assignment())]);
    await until(() => sockets[0]!.acks.length > 1 && told.length > 0);

    expect(hello).toMatchObject({ gen: 'gen-1', cursor: 0 });
    expect(sockets[0]!.acks).toEqual([0, 1]);
    expect(await engine.store.meta('cursor')).toBe(1);
    expect(status()).toBe('offered');
    expect(told.map((event) => event.kind)).toEqual(['assignment.offered']);
  });

  it('fills a gap by pulling', async () => {
    await openLine();
    server.publish('assignment.offered', subject, assignment());
    push([server.publish('assignment.accepted', subject, assignment({ version: 2, status: 'accepted' }))]);
    await until(() => status() === 'accepted');

    expect(status()).toBe('accepted');
    expect(sockets[0]!.acks.at(-1)).toBe(2);
  });

  it('is replaced when it answers no ping twice', async () => {
    await openLine();

    await clock.pass(60_000);

    expect(sockets[0]!.closed).toBe(true);
    expect(sockets.length).toBeGreaterThan(1);
  });

  it('whose hello was refused is replaced, also where no snapshot could be had; not in a storm', async () => {
    await openLine();
    server.shut = 'sync/snapshot';
    for (let i = 0; i < 120; i++) {
      // Not joined to the hub, it would pong for ever and bring nothing.
      sockets.at(-1)!.handlers.message(JSON.stringify({ gone: { reason: 'too_old' } }));
      await settle();
      await clock.pass(1000);
    }
    expect(sockets[0]!.closed).toBe(true);
    expect(sockets.length).toBeGreaterThan(2);
    expect(sockets.length).toBeLessThan(40);

    server.shut = '';
    let before = sockets.length;
    for (let i = 0; i < 400 && sockets.length === before; i++) await clock.pass(1000);
    before = sockets.length;
    sockets.at(-1)!.handlers.message(JSON.stringify({ gone: { reason: 'too_old' } }));
    await until(() => sockets.length > before);
    expect(sockets.length).toBe(before + 1);
  });

  it('without a socket the phone still hears by polling', async () => {
    server.publish('assignment.offered', subject, assignment());

    await clock.pass(11_000);
    await until(() => status() === 'offered');

    expect(status()).toBe('offered');
  });
});

describe('a command', () => {
  it('is shown at once and never flickers back between answer and feed', async () => {
    await openLine();
    push([server.publish('assignment.offered', subject, assignment())]);
    await settle();
    server.outcome = () => ({ outcome: 'applied', feed_seq: 2 });
    const from = shown.length;

    await engine.submit(accept);
    await settle();
    await settle();
    push([server.publish('assignment.accepted', subject, assignment({ version: 2, status: 'accepted' }))]);
    await settle();

    const seen = shown.slice(from).map((one) => one.world.assignment[ASSIGNMENT]!.status);
    expect(seen.lastIndexOf('offered')).toBeLessThan(seen.indexOf('accepted'));
    expect(status()).toBe('accepted');
    expect(shown.at(-1)!.commands[0]!.status).toBe('settled');
  });

  it('that lost the race rolls back with its reason', async () => {
    await openLine();
    push([server.publish('assignment.offered', subject, assignment())]);
    await settle();
    server.outcome = () => ({ outcome: 'conflict', code: 'TAKEN', by: '二组' });

    await engine.submit(accept);
    await until(() => shown.at(-1)!.commands[0]?.status === 'settled');

    expect(status()).toBe('offered');
    expect(shown.at(-1)!.commands[0]).toMatchObject({ outcome: 'conflict', code: 'TAKEN' });
  });

  it('survives the death of the page, in order, sent once', async () => {
    server.faults = ['drop_after', 'drop_before'];
    await engine.submit(note('一'));
    await engine.submit(note('二'));
    await settle();
    engine.stop();

    await start();
    for (let i = 0; i < 20 && server.effects.length < 2; i++) await clock.pass(5000);
    await until(() => shown.at(-1)!.commands.every((row) => row.status === 'settled'));

    const rows = shown.at(-1)!.commands;
    expect(rows.map((row) => row.status)).toEqual(['settled', 'settled']);
    expect(server.effects).toEqual(rows.map((row) => row.cmd_id));
  });

  it('that is on disk is saved, also where the screen fails to draw it', async () => {
    const { listener } = engine as any;
    const draw = listener.shown;
    listener.shown = (next: Shown) => {
      listener.shown = draw;
      throw new Error(`a screen with ${next.commands.length}`);
    };

    await expect(engine.submit(accept)).resolves.toMatchObject({ type: 'accept' });
  });

  it('is not called saved when the disk refuses', async () => {
    engine.store.close();

    await expect(engine.submit(accept)).rejects.toThrow();

    expect(shown.at(-1)!.disk).toBe('failed');
  });
});

describe('"try now"', () => {
  it('during a catch-up that hangs is remembered, and done when it ends', async () => {
    const real = server.transport;
    let hang: (() => void) | null = null;
    (engine as any).ports.transport = (ask: any) => (ask.path.startsWith('sync/feed') && !hang
      ? new Promise((done) => (hang = () => done({ status: 0, code: '', body: null, headers: { get: () => null } })))
      : real(ask));
    void engine.wake();
    await until(() => hang !== null);
    const sockets_before = sockets.length;
    clock.ms += 20_000;

    const tried = engine.wake();
    hang!();
    await tried;

    expect(sockets.length).toBe(sockets_before + 1);
  });

  it('twice while all is well is once', async () => {
    const before = sockets.length;

    await Promise.all([engine.wake(), engine.wake()]);

    expect(sockets.length).toBe(before + 1);
  });
});

it('holds no more timers after a day than after an hour', async () => {
  const held = () => JSON.stringify([engine, (engine as any).line].map((one) => Object.values(one).flat().filter((value) => typeof value === 'function').length));
  await openLine();
  const before = held();

  for (let i = 0; i < 40; i++) {
    await clock.pass(15_000);
    sockets.at(-1)!.handlers.message('{}');
  }

  expect(held()).toBe(before);
});

describe('drafts', () => {
  it('are on disk 400 ms after a change, and back after a crash', async () => {
    engine.drafts.keep('case-1', 'note', { text: '他说' });
    engine.drafts.keep('case-1', 'note', { text: '他说只是帮朋友' });
    await clock.pass(399);
    expect(await engine.drafts.load('case-1', 'note')).toBeNull();
    await clock.pass(2);
    await settle();
    engine.stop();

    await start();

    expect(await engine.drafts.load('case-1', 'note')).toEqual({ text: '他说只是帮朋友' });
  });
});

describe('the heartbeat', () => {
  it('refused for one bad value goes again without all that may be left out', async () => {
    const real = (engine as any).ports.transport;
    const taken: any[] = [];
    (engine as any).ports.transport = async (ask: any) => {
      if (ask.path !== 'sync/heartbeat') return real(ask);
      if (ask.json.readiness) return { status: 400, code: 'invalid', body: null, headers: { get: () => null } };
      taken.push(ask.json);
      return real(ask);
    };
    engine.ring = { ...engine.ring, can_ring: true, ring_problem: null, readiness: { at: '2026-11-22T06:00:00Z', tone_ms: 9e9, ws_ms: -1, wake: true, vibrated: true } };

    await clock.pass(16_000);

    expect(taken.at(-1)).toMatchObject({ can_ring: true, ring_problem: null, pending: 0, stuck: 0 });
    expect(Object.keys(taken.at(-1)).sort()).toEqual(['can_ring', 'device_id', 'epoch', 'heard_at', 'oldest_at', 'pending', 'ring_problem', 'socket', 'stuck', 'visible', 'wake_lock']);
  });

  it('says what is unsent, stuck and whether it can ring', async () => {
    server.faults = Array(50).fill('drop_before');
    await engine.submit(note('还没发'));
    engine.ring = { can_ring: false, ring_problem: 'locked', heard_at: null, wake_lock: false, persisted: true };

    await clock.pass(21_000);
    await settle();

    const beat = server.asked.filter((ask) => ask.path === 'sync/heartbeat').at(-1)!.json as any;
    expect(beat).toMatchObject({ pending: 1, kinds: { note: 1 }, stuck: 0, can_ring: false, ring_problem: 'locked' });
  });
});
