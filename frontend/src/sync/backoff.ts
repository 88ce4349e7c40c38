import { BACKOFF_CAP_S } from '../lib/constants';

/** How long to wait after the n-th failure: rand(0, min(300, 2^n)) seconds, or what the server asked for. No cap on tries. */
export class Backoff {
  private failures = 0;

  constructor(private random: () => number = Math.random) {}

  reset(): void {
    this.failures = 0;
  }

  next_ms(retryAfter: string | null = null): number {
    this.failures += 1;
    const drawn = this.random() * Math.min(BACKOFF_CAP_S, 2 ** this.failures) * 1000;
    const asked = Number(retryAfter) * 1000;
    return Math.max(250, drawn, Number.isFinite(asked) ? asked : 0);
  }
}
