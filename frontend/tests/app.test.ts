import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LEASE_GRACE_MS } from '../src/lib/constants';
import type { Ask } from '../src/sync/ports';
import { nothing } from '../src/sync/ports';
import { Store } from '../src/sync/store';
import { assignment, ASSIGNMENT, FakeServer, freshLocks, HandClock, ME, ok, settle, until } from './fake';

const door = vi.hoisted(() => {
  vi.stubGlobal('navigator', { locks: null, onLine: true, languages: ['en'] });
  vi.stubGlobal('document', { cookie: '', visibilityState: 'visible', addEventListener: () => undefined, documentElement: {} });
  vi.stubGlobal('AudioContext', class { state = 'suspended'; resume = async () => undefined; });
  return { transport: null as any, request: null as any };
});
vi.mock('../src/sync/browser', () => ({
  transport: (ask: unknown) => door.transport(ask),
  request: (_base: string, ask: unknown) => door.request(ask),
  refreshToken: async () => true, offline: () => false, alone: null, quota: async () => null, whenBack: () => undefined,
  openSocket: () => ({ send: () => undefined, close: () => undefined }),
  time: { now: () => Date.now(), steady: () => performance.now(), after: (ms: number, work: () => void) => {
    const id = setTimeout(work, ms);
    return () => clearTimeout(id);
  } },
}));
const { app } = await import('../src/app.svelte');

const T0 = Date.parse('2026-11-22T06:49:00Z');
const DAY = 24 * 3600_000;
const ALPHA = { id: ME.id, username: ME.username };
const BRAVO = { id: '0190aaaa-0000-7000-8000-0000000000bb', username: 'bravo1' };
const KNOWN = { 'playbook/scam-types': { scam_types: [{ code: 'loan' }] }, 'playbook/cards': { cards: [{ id: 'c1' }] } };
const DUTY = { id: 's1', version: 1, team: { id: 't1', call_sign: '机动一队' }, starts_at: '2026-11-22T00:30:00Z', ends_at: '2026-11-22T10:00:00Z',
  members: [{ user_id: ME.id, name: ME.name, duty: 'standby', can_ring: true, since: null }] };

let clock: HandClock, server: FakeServer, session: string | null;

/** The session's door: who is in, and what time it is there. */
const atTheDoor = async (ask: Ask) => {
  if (server.shut === '*') return nothing;
  const headers = { get: (name: string) => (name === 'Date' ? new Date(clock.ms).toUTCString() : null) };
  return session && ask.method === 'GET' ? { ...ok({ data: { user: { id: session, username: 'x' } } }), headers } : { ...nothing, status: 401 };
};

const transport = async (ask: Ask) => {
  if (server.shut === '*') return nothing;
  const known = (KNOWN as Record<string, object>)[ask.path];
  return known && !server.faults.length ? ok(known) : server.transport(ask);
};

const emptyDisk = (): Promise<void[]> =>
  Promise.all([ALPHA, BRAVO].map(({ id }) => new Promise<void>((done) => void (indexedDB.deleteDatabase(`fieldops-${id}`).onsuccess = () => done()))));

beforeEach(async () => {
  vi.setSystemTime(T0);
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key) });
  await emptyDisk();
  [clock, session] = [new HandClock(), ME.id];
  server = new FakeServer(clock);
  freshLocks();
  [door.transport, door.request] = [transport, atTheDoor];
});
afterEach(async () => {
  app.leave();
  app.phase = 'signin';
  vi.restoreAllMocks();
  await settle();
});

const begin = async (signedIn = true): Promise<void> => {
  await app.enter(ALPHA, signedIn);
  await until(() => app.shown?.known === true && app.cards.length > 0);
};
/** Ask the server until it has brought this. */
const bring = async (holds: () => boolean): Promise<void> => {
  for (let i = 0; i < 200 && !holds(); i++) await app.engine!.wake().then(settle);
};
const put = async (values: Record<string, unknown>): Promise<void> => {
  const store = new Store(`fieldops-${ME.id}`);
  await store.open();
  await store.setMeta(values);
  store.close();
};

describe('a lease', () => {
  it('does not end by a clock set days ahead while the server is heard', async () => {
    await begin();
    vi.setSystemTime(T0 + 3 * DAY);

    let until_ms = 0;
    for (let i = 0; i < 200 && until_ms < T0 + 3 * DAY && app.phase === 'in'; i++) {
      app.attend();
      await settle();
      until_ms = (await app.engine?.store.meta<number>('lease_until')) ?? 0;
    }

    expect([app.phase, until_ms > T0 + 3 * DAY]).toEqual(['in', true]);
  });

  it('ends when its time is over and nothing is heard', async () => {
    await begin();
    server.shut = '*';
    vi.setSystemTime(T0 + DAY);

    app.attend();
    await until(() => app.phase !== 'in');

    expect([app.phase, app.engine]).toEqual(['signin', null]);
  });

  it('at a start goes by the time at the server, where the server is heard', async () => {
    await put({ lease_until: T0 + LEASE_GRACE_MS, offset_ms: 0 });
    vi.setSystemTime(T0 + 3 * DAY);
    await begin(false);
    expect(app.phase).toBe('in');
    app.leave();

    await put({ lease_until: T0 + LEASE_GRACE_MS, offset_ms: 0 });
    clock.ms = T0 + LEASE_GRACE_MS + 60_000;
    await app.enter(ALPHA, false);
    expect(app.phase).toBe('signin');
  });

  it('at a start without the server, or signed out there, goes by the clock of the phone', async () => {
    for (const cut of [() => (server.shut = '*'), () => ([server.shut, session] = ['', null])]) {
      await put({ lease_until: T0 - 1, offset_ms: 0 });
      app.phase = 'boot';
      cut();
      await app.enter(ALPHA, false);
      expect(app.phase).toBe('signin');
    }
  });
});

describe('a start that fails', () => {
  it('is said, not left white', async () => {
    vi.spyOn(Store.prototype, 'open').mockRejectedValue(new DOMException('no', 'UnknownError'));

    await app.enter(ALPHA, false);

    expect([app.phase, app.engine]).toEqual(['broken', null]);
  });
});

describe('two starts at once', () => {
  it('leave one engine, the last one', async () => {
    await Promise.all([app.enter(BRAVO), app.enter(ALPHA)]);
    await until(() => app.shown?.known === true);

    expect(app.shown?.user.id).toBe(ME.id);
    expect(server.asked.filter((ask) => ask.path === 'sync/devices').length).toBe(1);
  });
});

describe('signing in again', () => {
  it('shows from then on when the sign-in expires', async () => {
    await begin();
    app.offlineOnly = true;
    app.phase = 'signin';

    await app.signedIn(ALPHA);

    expect([app.phase, app.offlineOnly]).toEqual(['in', false]);
  });

  it('over a live engine the bell is attended to as behind the lock', async () => {
    await begin();
    server.publish('assignment.offered', { kind: 'assignment', id: ASSIGNMENT }, assignment());
    await bring(() => Boolean(app.offer));
    app.bell.stop();

    app.phase = 'signin';
    app.attend();
    expect(app.bell.looping).toBe('offer_critical');

    server.publish('assignment.withdrawn', { kind: 'assignment', id: ASSIGNMENT }, assignment({ version: 2, status: 'withdrawn', ended_at: '2026-11-22T06:50:00Z' }));
    await bring(() => !app.offer);
    app.attend();
    expect(app.bell.looping).not.toBe('offer_critical');
  });
});

describe('who leaves', () => {
  it('leaves nothing on for the next: receiver, screen, bell, position, what was read', async () => {
    await begin();
    const released = vi.spyOn(app.awake, 'drop');
    app.places.set(true);
    app.places.last = { lng: 107, lat: 29, acc: 5, fix_at: new Date().toISOString() };
    [app.asIs, app.dutyTest, app.offlineOnly, app.shout] = [true, true, true, '他挪到 3 号窗口了'];

    app.leave();

    expect([app.asIs, app.dutyTest, app.offlineOnly, app.shout]).toEqual([false, false, false, '']);
    expect([app.places.last, app.places.fresh(Date.now()), (app.places as any).timer]).toEqual([null, null, null]);
    expect(released).toHaveBeenCalled();
    expect([app.heard, app.cards, app.types]).toEqual([null, [], []]);
  });
});

describe('the playbook', () => {
  it('is asked for again, whatever refused it, and only what is missing', async () => {
    const later = vi.spyOn(globalThis, 'setTimeout');
    const asked: string[] = [];
    let down = true;
    door.transport = async (ask: Ask) => {
      if (ask.path.startsWith('playbook')) asked.push(ask.path);
      return ask.path === 'playbook/scam-types' && down ? { ...nothing, status: 503 } : transport(ask);
    };
    await app.enter(ALPHA);
    await until(() => later.mock.calls.some(([, ms]) => ms === 30_000));
    down = false;

    for (const [work] of later.mock.calls.filter(([, ms]) => ms === 30_000)) (work as () => void)();
    await until(() => app.types.length > 0);

    expect([app.types, app.cards]).toEqual([KNOWN['playbook/scam-types'].scam_types, KNOWN['playbook/cards'].cards]);
    expect(asked).toEqual(['playbook/scam-types', 'playbook/cards', 'playbook/scam-types']);
  });
});
