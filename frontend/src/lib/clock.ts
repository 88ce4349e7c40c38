import { OFFSET_MAX_RTT_MS, OFFSET_SAMPLES } from './constants';

interface Sample { offset: number; rtt: number; at: number }

/** How far this phone's clock is from the server's: the best of the last few quick round trips. */
export class ClockOffset {
  private samples: Sample[] = [];
  private kept: Sample | null = null;

  /** Begin with what was known before the restart. */
  restore(offset_ms: number, at: number): void {
    this.kept = { offset: offset_ms, rtt: OFFSET_MAX_RTT_MS, at };
  }

  /** Take one round trip: sent at `t0`, answered at `t1` (this phone's ms), the server said `serverTime`. */
  add(t0: number, t1: number, serverTime: string): void {
    const server = Date.parse(serverTime);
    const rtt = t1 - t0;
    if (!Number.isFinite(server) || rtt < 0 || rtt >= OFFSET_MAX_RTT_MS) return;
    this.samples = [...this.samples, { offset: server - (t0 + t1) / 2, rtt, at: t1 }].slice(-OFFSET_SAMPLES);
    this.kept = this.samples.reduce((best, next) => (next.rtt <= best.rtt ? next : best));
  }

  get ms(): number | null {
    return this.kept && Math.round(this.kept.offset);
  }

  get at(): number | null {
    return this.kept && this.kept.at;
  }

  ageS(now: number): number {
    return this.kept ? Math.max(0, Math.round((now - this.kept.at) / 1000)) : 0;
  }

  /** The server's time, as well as this phone can know it. */
  server(now: number): number {
    return now + (this.ms ?? 0);
  }
}
