/** One pump for all tabs where the browser has no locks (§8.10). */

import { describe, expect, it } from 'vitest';
import { leased } from '../src/sync/alone';
import { freshStore, HandClock, settle } from './fake';

describe('the lease', () => {
  it('lets one work at a time, and the other as soon as it is given back', async () => {
    const [store, clock] = [await freshStore(), new HandClock()];
    const pass = () => clock.pass(600).then(settle);
    const [one, two] = [leased(store, clock), leased(store, clock)];
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} begins`);
      await settle();
      order.push(`${name} ends`);
    };

    const both = Promise.all([one('sync', work('one')), two('sync', work('two'))]);
    for (let i = 0; i < 200 && order.length < 4; i++) await pass();
    await both;

    expect(order).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
  });

  it('of a tab that died runs out; one that works on renews it', async () => {
    const [store, clock] = [await freshStore(), new HandClock()];
    const pass = () => clock.pass(600).then(settle);
    let finish = () => {};
    void leased(store, clock)('sync', () => new Promise((done) => (finish = () => done())));
    await settle();
    let got = false;
    const waiting = leased(store, clock)('sync', async () => void (got = true));

    await clock.pass(120_000);
    expect(got).toBe(false);

    finish();
    for (let i = 0; i < 200 && !got; i++) await pass();
    await waiting;
    expect(got).toBe(true);
  });

  it('of a crash is taken over after its time, and one from the future at once', async () => {
    const [store, clock] = [await freshStore(), new HandClock()];
    const pass = () => clock.pass(600).then(settle);
    const work = () => leased(store, clock)('sync', async () => undefined);
    await store.setMeta({ 'lease:sync': { owner: 'dead', until: clock.ms + 20_000 } });
    let got = false;
    const waiting = work().then(() => (got = true));
    await clock.pass(15_000);
    expect(got).toBe(false);
    for (let i = 0; i < 200 && !got; i++) await pass();
    await waiting;

    await store.setMeta({ 'lease:sync': { owner: 'years off', until: clock.ms + 10 ** 11 } });
    await work();
    expect(got).toBe(true);
  });
});
