import { describe, expect, it } from 'vitest';
import { ClockOffset } from '../src/lib/clock';
import { BAR_LOCK_MS } from '../src/lib/constants';
import { BarLock, Hold, single } from '../src/lib/hold';
import { inWords, press, yuan } from '../src/lib/money';
import { complete, fresh, isSurprising, missing } from '../src/lib/report';
import { ladderNow, offerFor, rings } from '../src/lib/select';
import { countdown, day, freshness, hm } from '../src/lib/text';
import { uuid7 } from '../src/lib/uuid7';
import { emptyWorld } from '../src/lib/types';
import { assignment, ASSIGNMENT, commandRow, MATE, ME } from './fake';

describe('money', () => {
  it.each([[0, '零元整'], [1000, '十元整'], [6000000, '六万元整'], [1010000, '一万零一百元整'], [120030050, '一百二十万零三百元五角'], [10000000000, '一亿元整'], [105, '一元零五分']])('reads %i fen as %s', (fen, words) => {
    expect(inWords(fen, 'zh-Hans')).toBe(words);
  });
  it('writes yuan with commas, fen only where there are any', () => {
    expect([yuan(6000000), yuan(0), yuan(123456789)]).toEqual(['60,000', '0', '1,234,567.89']);
  });
  it('is typed with 万 and 千 in one press, and cannot run away', () => {
    expect(['6', 'wan'].reduce(press, '')).toBe('60000');
    expect(['0', '0', '5', 'qian', 'back'].reduce(press, '')).toBe('500');
    expect(press('999999999999', '9')).toBe('999999999999');
  });
});

describe('the clock', () => {
  it('believes the quickest of the last round trips, and none over two seconds', () => {
    const clock = new ClockOffset();
    clock.add(0, 3000, new Date(60_000).toISOString());
    expect(clock.ms).toBeNull();
    clock.add(0, 1000, new Date(5500).toISOString());
    clock.add(2000, 2100, new Date(7050).toISOString());
    clock.add(4000, 5000, new Date(9700).toISOString());
    expect(clock.ms).toBe(5000);
    expect(clock.ageS(12_100)).toBe(10);
  });
  it('shows the centre\'s wall clock wherever the phone thinks it is', () => {
    expect([hm('2026-11-22T16:30:00Z'), day('2026-11-22T16:30:00Z')]).toEqual(['00:30', '2026-11-23']);
    expect([countdown(926_000), countdown(-5), countdown(3_723_000)]).toEqual(['15:26', '00:00', '1:02:03']);
  });
  it('calls a fact fresh under five minutes and old from fifteen', () => {
    const now = Date.parse('2026-11-22T07:00:00Z');
    expect(['06:55:01', '06:55:00', '06:45:00'].map((at) => freshness(`2026-11-22T${at}Z`, now))).toEqual(['fresh', 'ageing', 'old']);
  });
});

describe('uuid7', () => {
  it('has the time in front, version and variant in place', () => {
    const id = uuid7(Date.parse('2026-11-22T06:49:00Z'));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(Date.parse('2026-11-22T06:49:00Z'));
  });
});

describe('the bar under a thumb', () => {
  const box = { left: 16, top: 700, right: 374, bottom: 792 };
  const make = () => {
    const fired: number[] = [];
    return { fired, hold: new Hold(1000, () => fired.push(1)) };
  };
  it('fires once when held for its time', () => {
    const { fired, hold } = make();
    hold.down(1, 0);
    for (let at = 0; at <= 3000; at += 16) hold.tick(at);
    expect(fired).toHaveLength(1);
  });
  it('a tap does nothing', () => {
    const { fired, hold } = make();
    hold.down(1, 0);
    hold.up(1, 80);
    for (let at = 80; at <= 2000; at += 16) hold.tick(at);
    expect(fired).toHaveLength(0);
    expect(hold.progress).toBe(0);
  });
  it('forgives a wet thumb that loses contact for under 120 ms', () => {
    const { fired, hold } = make();
    hold.down(1, 0);
    hold.tick(400);
    hold.up(1, 400);
    hold.tick(500);
    hold.down(2, 510);
    for (let at = 510; at <= 1010; at += 10) hold.tick(at);
    expect(fired).toHaveLength(1);
  });
  it('starts over after 120 ms without contact', () => {
    const { hold } = make();
    hold.down(1, 0);
    hold.up(1, 400);
    hold.tick(521);
    expect([hold.holding, hold.progress]).toEqual([false, 0]);
  });
  it('starts over when the thumb comes back too late, also where no frame came between', () => {
    const { fired, hold } = make();
    hold.down(1, 0);
    hold.tick(300);
    hold.up(1, 310);
    hold.down(2, 5000);
    hold.tick(5010);
    expect([fired.length, hold.holding]).toEqual([0, true]);
    hold.tick(6000);
    expect(fired).toHaveLength(1);
  });
  it('bears slipping 24 px outside, not more', () => {
    const { hold } = make();
    hold.down(1, 0);
    hold.move(1, 200, 792 + 24, box);
    expect(hold.holding).toBe(true);
    hold.move(1, 200, 792 + 25, box);
    expect(hold.holding).toBe(false);
  });
  it('ignores other touch points', () => {
    const { fired, hold } = make();
    hold.down(1, 0);
    hold.down(2, 300);
    hold.up(2, 400);
    for (let at = 400; at <= 1000; at += 10) hold.tick(at);
    expect(fired).toHaveLength(1);
  });
  it('for two presses takes the second within five seconds', () => {
    const { fired, hold } = make();
    hold.press(0);
    hold.tick(5001);
    hold.press(5001);
    expect(fired).toHaveLength(0);
    hold.press(9000);
    expect(fired).toHaveLength(1);
  });
  it('does one thing for a double tap, a second hold, a second pair of presses: until the first is done', async () => {
    let [begun, done] = [0, () => undefined as void];
    const hold = new Hold(0, () => new Promise<void>((settled) => ([begun, done] = [begun + 1, settled])));
    const holdOnce = () => (hold.down(1, 0), hold.tick(0), hold.up(1, 0));
    hold.tap();
    hold.tap();
    holdOnce();
    hold.press(0);
    hold.press(1);
    expect(begun).toBe(1);
    done();
    await Promise.resolve();
    await Promise.resolve();
    hold.tap();
    expect(begun).toBe(2);
  });
  it('takes the next press where the first one failed, and says so to nobody but its caller', async () => {
    let tries = 0;
    const save = single(async () => {
      tries += 1;
      throw new Error('the disk is full');
    });
    await expect(save()).rejects.toThrow('full');
    await expect(save()).rejects.toThrow('full');
    expect(tries).toBe(2);
  });
  it('does two different things at once, each of them once', () => {
    const said: string[] = [];
    const say = single((code: string) => (said.push(code), new Promise(() => undefined)));
    for (const code of ['got_it', 'got_it', 'traffic', 'got_it']) void say(code);
    expect(said).toEqual(['got_it', 'traffic']);
  });
  it('says for as long as it takes nothing that a hold begun under other words did not count', () => {
    const lock = new BarLock();
    lock.say('按住出动', 0);
    expect(lock.swallowed(9000)).toBe(false);
    lock.swallow(10_000);
    lock.say('按住到场', 10_000, false);
    expect([lock.left(10_000), lock.swallowed(10_100), lock.swallowed(12_001)]).toEqual([BAR_LOCK_MS, true, false]);
  });
  it('takes nothing for two seconds after its words change, unless the member was elsewhere', () => {
    const lock = new BarLock();
    lock.say('按住接单', 0);
    expect(lock.left(1)).toBe(0);
    lock.say('按住出动', 10_000);
    expect([lock.left(10_000), lock.left(12_001)]).toEqual([BAR_LOCK_MS, 0]);
    lock.elsewhere(20_000);
    lock.say('填结果', 20_100);
    expect(lock.left(20_100)).toBe(0);
  });
});

describe('the report', () => {
  const row = assignment({ scam_type: 'SD_RW' });
  it('prefills only facts: the alert\'s type and zero sums', () => {
    expect(fresh(row, undefined, null)).toMatchObject({ met: '', state_after: '', effect: '', scam_type: 'SD_RW', prevented_fen: 0, prevented_basis: 'none' });
  });
  it('names what is missing in the order of the form', () => {
    const form = { ...fresh(row, undefined, null), prevented_fen: 6000000 };
    expect(missing(form)).toEqual(['met', 'state', 'effect', 'prevented']);
    expect(missing({ ...form, met: 'person', state_after: 'aware', effect: 'ineffective', prevented_basis: 'balance_seen' })).toEqual(['ineffective']);
  });
  it('of a visit that met nobody needs no state', () => {
    const form = { ...fresh(row, undefined, null), met: 'nobody', effect: 'ineffective', ineffective_reason: 'not_home' };
    expect(missing(form)).toEqual([]);
    expect(complete(form).state_after).toBe('unknown');
  });
  it('asks once about ten times the known sum', () => {
    expect([isSurprising(60000000, 6000000), isSurprising(59999900, 6000000), isSurprising(1, null)]).toEqual([true, false, false]);
  });
});

describe('what rings', () => {
  const there = assignment({ status: 'arrived', arrived_at: '2026-11-22T06:55:00Z' });
  const world = { ...emptyWorld(), assignment: { [ASSIGNMENT]: there } };
  const refused = commandRow({ type: 'decline', status: 'settled', outcome: 'conflict', code: 'ALREADY_ARRIVED' });

  it('is an offer nobody has reached yet; where my mate is there already I may go too, in silence', () => {
    expect(['offered', 'accepted', 'en_route', 'arrived'].map((status) => rings(assignment({ status })))).toEqual([true, true, true, false]);
    expect(offerFor(world, ME.id, [])?.id).toBe(ASSIGNMENT);
  });
  it('is nothing I have declined, also where it was answered that my mate is there', () => {
    expect(offerFor(world, ME.id, [refused])).toBeNull();
    expect(offerFor(world, MATE.id, [])?.id).toBe(ASSIGNMENT);
    expect(offerFor(world, ME.id, [{ ...refused, subject: { id: 'another' } }])?.id).toBe(ASSIGNMENT);
    expect(offerFor(world, ME.id, [{ ...refused, outcome: undefined }])?.id).toBe(ASSIGNMENT);
  });
});

describe('the ladder', () => {
  const row = assignment({ offered_at: '2026-11-22T06:49:00Z', ladder: [{ after_s: 20, do: 'ring' }, { after_s: 45, do: 'next_crew' }, { after_s: 90, do: 'supervisor' }] });
  it('counts to a named event, never to a bare end', () => {
    const at = (s: number) => ladderNow(row, Date.parse('2026-11-22T06:49:00Z') + s * 1000);
    expect(at(14).next).toEqual({ do: 'ring', team: null, left_s: 6, of_s: 20 });
    expect(at(21)).toEqual({ next: { do: 'next_crew', team: null, left_s: 24, of_s: 25 }, past: 'ring' });
    expect(at(100)).toEqual({ next: null, past: 'supervisor' });
  });
});
