import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Gate } from '../src/gate.svelte';
import { LOCK_HIDDEN_MS, LOCK_IDLE_MS, LOCK_ROAD_MS, PIN_TRIES } from '../src/lib/constants';
import { isPin, keepPin } from '../src/lib/pin';
import type { Store } from '../src/sync/store';
import { freshStore } from './fake';

const T0 = Date.parse('2026-11-22T06:49:00Z');
let store: Store;
let gate: Gate;

/** As after a start of the app by a member who has set a PIN. */
async function begin(signedIn = false): Promise<Gate> {
  const next = new Gate();
  await next.load(store, signedIn);
  next.touched(T0);
  return next;
}

beforeEach(async () => {
  vi.setSystemTime(T0);
  store = await freshStore();
  gate = new Gate();
  await gate.load(store, true);
  await gate.setPin('2580');
});

describe('the PIN', () => {
  it('is kept stretched and salted, never itself, and two are never alike', async () => {
    const [one, two] = [await keepPin('2580'), await keepPin('2580')];

    expect(JSON.stringify(one)).not.toContain('2580');
    expect(one.hash).not.toBe(two.hash);
    expect([await isPin('2580', one), await isPin('2581', one)]).toEqual([true, false]);
  });

  it('bars the gate after five wrong tries, over a restart too, until the password opens it', async () => {
    gate = await begin();
    for (let i = 0; i < PIN_TRIES; i++) expect(await gate.tryPin('1111')).toBe(false);

    gate = await begin();
    expect([gate.isBarred, await gate.tryPin('2580'), gate.closed]).toEqual([true, false, true]);
    gate = await begin(true);
    expect([gate.isBarred, gate.closed]).toEqual([false, false]);
  });

  it('gives no more tries on a disk that fails, and who has the right password is in all the same', async () => {
    gate = await begin();
    vi.spyOn(store, 'setMeta').mockRejectedValue(new DOMException('', 'UnknownError'));
    for (let i = 0; i < PIN_TRIES; i++) await expect(gate.tryPin('1111')).rejects.toThrow();
    expect([gate.isBarred, await gate.tryPin('2580')]).toEqual([true, false]);

    await gate.opened().catch(() => undefined);
    expect(gate.closed).toBe(false);
  });
});

describe('the gate', () => {
  it('is closed at a cold start, open after signing in, and there is none without a PIN', async () => {
    expect((await begin()).closed).toBe(true);
    expect((await begin(true)).closed).toBe(false);
    const bare = new Gate();
    await bare.load(await freshStore(), false);
    bare.close();
    expect(bare.closed).toBe(false);
  });

  it('closes untouched, but not on the road', async () => {
    gate.touched(T0);
    gate.watch(T0 + LOCK_IDLE_MS + 1, true);
    expect(gate.closed).toBe(false);
    gate.watch(T0 + LOCK_IDLE_MS - 1, false);
    expect(gate.closed).toBe(false);
    gate.watch(T0 + LOCK_IDLE_MS + 1, false);
    expect(gate.closed).toBe(true);
  });

  it('closes in a pocket; the map app on the road is none', async () => {
    const away = (ms: number, onTheRoad: boolean) => {
      gate.closed = false;
      gate.seen(false, T0, onTheRoad);
      gate.seen(true, T0 + ms, onTheRoad);
      return gate.closed;
    };

    expect(away(LOCK_HIDDEN_MS - 1, false)).toBe(false);
    expect(away(LOCK_HIDDEN_MS + 1, false)).toBe(true);
    expect(away(LOCK_HIDDEN_MS + 1, true)).toBe(false);
    expect(away(LOCK_ROAD_MS + 1, true)).toBe(true);
  });
});
