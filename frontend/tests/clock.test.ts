/** A phone's clock is days off, or is set in the middle of a case (§8.22): what it says happened, happened then. */

import { describe, expect, it } from 'vitest';
import { ClockOffset } from '../src/lib/clock';
import { CLOCK_TRUST_S } from '../src/lib/constants';

const DAY = 86_400_000;
const TRUE = Date.parse('2026-11-22T06:49:00Z');
const answer = (clock: ClockOffset, wall: number, truth: number) => clock.add(wall - 100, wall, new Date(truth - 50).toISOString());

describe.each([['three days ahead', 3 * DAY], ['five years behind', -5 * 365 * DAY]])('a clock %s', (_name, off) => {
  it('is known from the first answer on, and after a restart', () => {
    const clock = new ClockOffset();
    answer(clock, TRUE + off, TRUE);
    expect(Math.abs(clock.server(TRUE + off + 5000) - (TRUE + 5000))).toBeLessThan(200);

    const again = new ClockOffset();
    again.restore(clock.ms!, clock.at!);
    expect(again.server(TRUE + off)).toBe(clock.server(TRUE + off));
    expect(again.ageS(TRUE + off + 60_000)).toBe(60);
  });
});

describe('a clock set in the middle of a case', () => {
  it('back: corrected before the server was heard of again', () => {
    const clock = new ClockOffset();
    clock.watch(TRUE, 1000);
    answer(clock, TRUE, TRUE);

    expect(clock.watch(TRUE - 3 * DAY + 10_000, 11_000)).toBe(true);

    expect(Math.abs(clock.server(TRUE - 3 * DAY + 10_000) - (TRUE + 10_000))).toBeLessThan(200);
  });

  it('forward, or a phone that slept: in doubt, and flagged, until the next answer', () => {
    const clock = new ClockOffset();
    clock.watch(TRUE, 1000);
    answer(clock, TRUE, TRUE);

    expect(clock.watch(TRUE + 3 * DAY, 2000)).toBe(true);
    expect(clock.ageS(TRUE + 3 * DAY)).toBeGreaterThan(CLOCK_TRUST_S);

    answer(clock, TRUE + 3 * DAY, TRUE + 1000);
    expect(clock.ageS(TRUE + 3 * DAY)).toBe(0);
    expect(Math.abs(clock.server(TRUE + 3 * DAY) - (TRUE + 1000))).toBeLessThan(200);
  });

  it('while the app was closed: an offset measured in the future is doubted', () => {
    const clock = new ClockOffset();
    clock.restore(0, TRUE);
    expect(clock.ageS(TRUE - DAY)).toBeGreaterThan(CLOCK_TRUST_S);
  });

  it('is believed at once, though eight better round trips said otherwise', () => {
    const clock = new ClockOffset();
    for (let i = 0; i < 8; i++) answer(clock, TRUE + i * 1000, TRUE + i * 1000);

    clock.add(TRUE + DAY, TRUE + DAY + 1500, new Date(TRUE + 9000).toISOString());

    expect(Math.abs(clock.server(TRUE + DAY + 1500) - (TRUE + 9750))).toBeLessThan(1000);
  });

  it('seconds ticking by are no jump', () => {
    const clock = new ClockOffset();
    clock.watch(TRUE, 0);
    expect(clock.watch(TRUE + 60_500, 60_000)).toBe(false);
  });
});
