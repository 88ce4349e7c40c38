/** The bar under a thumb: hold, wet contact, slips, two presses, one deed at a time, and the lock after its words change. */

import { BAR_LOCK_MS, ELSEWHERE_MS, LOST_CONTACT_MS, SECOND_PRESS_MS, SLIP_PX } from './constants';

export interface Box { left: number; top: number; right: number; bottom: number }

/** The same press again while what it began is not done, such as a double tap, is the same press: a save makes a new id each time. */
export function single<Args extends string[]>(work: (...args: Args) => unknown): (...args: Args) => Promise<void> {
  const begun = new Set<string>();
  return async (...args) => {
    const press = args.join();
    if (begun.has(press)) return;
    begun.add(press);
    try {
      await work(...args);
    } finally {
      begun.delete(press);
    }
  };
}

export class Hold {
  /** 0 to 1 while held. */
  progress = 0;
  armed = false;
  private since: number | null = null;
  private pointer: number | null = null;
  private lostAt: number | null = null;
  private armedAt = 0;
  private fire: () => Promise<void>;

  constructor(readonly for_ms: number, fire: () => unknown) {
    this.fire = single(fire);
  }

  get holding(): boolean {
    return this.since !== null;
  }

  down(pointer: number, now: number): void {
    if (this.pointer !== null) return; // another finger, or a drop: ignored
    // No frame may have come between: on a busy phone, or a page that was hidden.
    if (this.lostAt !== null && now - this.lostAt >= LOST_CONTACT_MS) this.cancel();
    this.pointer = pointer;
    this.lostAt = null;
    this.since ??= now;
  }

  move(pointer: number, x: number, y: number, box: Box): void {
    if (pointer !== this.pointer) return;
    const out = x < box.left - SLIP_PX || x > box.right + SLIP_PX || y < box.top - SLIP_PX || y > box.bottom + SLIP_PX;
    if (out) this.cancel();
  }

  /** Contact lost: a wet thumb has a moment to come back before the hold starts over. */
  up(pointer: number, now: number): void {
    if (pointer !== this.pointer) return;
    this.pointer = null;
    this.lostAt = now;
  }

  /** Call each frame; fires once when the time is full. */
  tick(now: number): void {
    if (this.armed && now - this.armedAt > SECOND_PRESS_MS) this.armed = false;
    if (this.since === null) return;
    if (this.lostAt !== null && now - this.lostAt >= LOST_CONTACT_MS) return this.cancel();
    this.progress = Math.min(1, (now - this.since) / this.for_ms);
    if (this.progress >= 1) {
      this.cancel();
      this.tap();
    }
  }

  tap(): void {
    void this.fire();
  }

  /** Without holding (screen reader, switch, reduced motion): two presses, the second within 5 s. */
  press(now: number): void {
    if (this.armed && now - this.armedAt <= SECOND_PRESS_MS) {
      this.armed = false;
      return this.tap();
    }
    [this.armed, this.armedAt] = [true, now];
  }

  cancel(): void {
    [this.since, this.pointer, this.lostAt, this.progress] = [null, null, null, 0];
  }
}

/** Remembers what the one bar of the screen last said: new words take nothing for 2 s, whichever screen drew them. */
export class BarLock {
  private words = '';
  private until = 0;
  private elsewhereAt = -Infinity;
  private swallowedUntil = 0;

  /** The thumb is away from the bar: what changes now, it changed knowingly. */
  elsewhere(now: number): void {
    this.elsewhereAt = now;
  }

  say(words: string, now: number, locks = true): void {
    if (words === this.words) return;
    if (locks && this.words && now - this.elsewhereAt > ELSEWHERE_MS) this.until = now + BAR_LOCK_MS;
    this.words = words;
  }

  /** The words changed under a thumb that was holding: that hold does nothing, whatever the new words ask for. */
  swallow(now: number): void {
    this.until = this.swallowedUntil = now + BAR_LOCK_MS;
  }

  swallowed(now: number): boolean {
    return now < this.swallowedUntil;
  }

  left(now: number): number {
    return Math.max(0, this.until - now);
  }
}
