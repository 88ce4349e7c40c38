import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { measured, Trial } from '../src/ring/bell';

const bell = { rings: false, loop: () => void (bell.rings = true), stop: () => void (bell.rings = false) };
let trial: Trial;

beforeEach(() => {
  vi.useFakeTimers();
  [trial, bell.rings] = [new Trial(bell), false];
});
afterEach(() => void vi.useRealTimers());

describe('the test at the start of a shift', () => {
  it('rings until it is heard, and says after how long', () => {
    trial.ring();
    vi.advanceTimersByTime(2100);

    expect([bell.rings, trial.heard()]).toEqual([true, 2100]);
  });

  it('rings twenty seconds; what is pressed after that has measured nothing', () => {
    trial.ring();
    vi.advanceTimersByTime(12 * 3_600_000);

    expect([bell.rings, trial.heard()]).toEqual([false, null]);
  });

  it('asked for again rings its full time from then', () => {
    trial.ring();
    vi.advanceTimersByTime(15_000);
    trial.ring();
    vi.advanceTimersByTime(15_000);

    expect([bell.rings, trial.heard()]).toEqual([true, 15_000]);
  });

  it('ends with its screen, and does not begin after it: the browser may still have been asked for something', () => {
    trial.ring();
    trial.leave();
    expect(bell.rings).toBe(false);

    expect(trial.ring()).toBe(false);

    expect(bell.rings).toBe(false);
  });

  it('stops no other bell once its screen is gone', () => {
    trial.ring();
    trial.leave();
    bell.loop();
    vi.advanceTimersByTime(20_000);

    expect(bell.rings).toBe(true);
  });
});

describe('a round trip', () => {
  it.each([[42, 42], [0, 0], [-4000, null], [12 * 3_600_000, null], [null, null]])('of %s ms counts as %s: the clock may have been set meanwhile', (ms, said) => {
    expect(measured(ms)).toBe(said);
  });
});
