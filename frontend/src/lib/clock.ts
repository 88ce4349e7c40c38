import { CLOCK_JUMP_MS, CLOCK_TRUST_S, OFFSET_MAX_RTT_MS, OFFSET_SAMPLES } from './constants';

interface Sample { offset: number; rtt: number; at: number }

/** How far this phone's clock is from the server's: the best of the last few quick round trips. */
export class ClockOffset {
  private samples: Sample[] = [];
  private kept: Sample | null = null;
  private apart: number | null = null;
  private doubtful = false;

  /** Begin with what was known before the restart. */
  restore(offset_ms: number, at: number): void {
    this.kept = { offset: offset_ms, rtt: OFFSET_MAX_RTT_MS, at };
  }

  /** Take one round trip: sent at `t0`, answered at `t1` (this phone's ms), the server said `serverTime`. */
  add(t0: number, t1: number, serverTime: string): void {
    const server = Date.parse(serverTime);
    const rtt = t1 - t0;
    if (!Number.isFinite(server) || rtt < 0 || rtt >= OFFSET_MAX_RTT_MS) return;
    const next = { offset: server - (t0 + t1) / 2, rtt, at: t1 };
    if (this.kept && Math.abs(next.offset - this.kept.offset) > (rtt + this.kept.rtt) / 2 + CLOCK_JUMP_MS) this.samples = [];
    this.samples = [...this.samples, next].slice(-OFFSET_SAMPLES);
    this.doubtful = false;
    this.kept = this.samples.reduce((best, next) => (next.rtt <= best.rtt ? next : best));
  }

  /** Compare this phone's clock with one that nobody sets; true when it jumped, and should be measured anew.
   *
   * Set back: that is certain, and corrected at once. Forward may be sleep, in which the steady clock stood still:
   * what was known stays, as doubtful, until the next answer.
   */
  watch(wall: number, steady: number): boolean {
    const jump = this.apart === null ? 0 : wall - steady - this.apart;
    this.apart = wall - steady;
    if (Math.abs(jump) < CLOCK_JUMP_MS) return false;
    this.samples = [];
    if (jump > 0) this.doubtful = true;
    else if (this.kept) this.kept = { ...this.kept, offset: this.kept.offset - jump, at: this.kept.at + jump };
    return true;
  }

  get ms(): number | null {
    return this.kept && Math.round(this.kept.offset);
  }

  get at(): number | null {
    return this.kept && this.kept.at;
  }

  ageS(now: number): number {
    if (!this.kept) return 0;
    // Measured in the future: the clock was set back while the app was closed.
    const unsure = this.doubtful || this.kept.at > now + CLOCK_JUMP_MS;
    return Math.max(unsure ? CLOCK_TRUST_S + 1 : 0, Math.round((now - this.kept.at) / 1000));
  }

  /** The server's time, as well as this phone can know it. */
  server(now: number): number {
    return now + (this.ms ?? 0);
  }
}
