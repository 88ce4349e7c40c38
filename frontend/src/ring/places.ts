/** Where the phone is: at each move, and every 30 s on the road while visible; else the receiver is off. */

import { FIX_FRESH_MS, POSITION_EVERY_MS, POSITION_KEEP, POSITION_MAX_ACC_M, POSITION_MAX_AGE_MS } from '../lib/constants';
import type { Fix } from '../sync/envelope';

const ASK: PositionOptions = { enableHighAccuracy: true, maximumAge: 10_000, timeout: 20_000 };

export class Places {
  last: Fix | null = null;
  private kept: Fix[] = [];
  private timer: ReturnType<typeof setInterval> | null = null;
  private asking = false;
  private round = 0;

  constructor(private send: (fixes: Fix[]) => Promise<boolean>, private changed: () => void) {}

  /** On the road, or calling for help: a fix now and every 30 s. */
  set(on: boolean): void {
    if (on === (this.timer !== null)) return;
    if (this.timer) clearInterval(this.timer);
    this.timer = on ? setInterval(() => this.ask(), POSITION_EVERY_MS) : null;
    if (on) this.ask();
  }

  /** Another member: the receiver off, and nothing of where this one was; a fix on its way is nobody's. */
  forget(): void {
    this.set(false);
    [this.last, this.kept, this.asking] = [null, [], false];
    this.round += 1;
  }

  /** The last fix if it is fresh enough to stand on a command. */
  fresh(now: number): Fix | null {
    return this.last && now - Date.parse(this.last.fix_at) < FIX_FRESH_MS ? this.last : null;
  }

  /** Take one fix, such as while a bar is still held: the move it makes then carries it. Never out of sight. */
  ask(): void {
    if (this.asking || document.visibilityState !== 'visible' || !navigator.geolocation) return;
    this.asking = true;
    const { round } = this;
    const done = (found?: GeolocationPosition) => {
      if (round !== this.round) return;
      this.asking = false;
      if (found) this.take(found);
    };
    navigator.geolocation.getCurrentPosition(done, () => done(), ASK);
  }

  /** Old and vague fixes are dropped. */
  private take({ coords, timestamp }: GeolocationPosition): void {
    if (coords.accuracy > POSITION_MAX_ACC_M) return;
    this.last = { lng: coords.longitude, lat: coords.latitude, acc: coords.accuracy, fix_at: new Date(timestamp).toISOString() };
    this.kept = [this.last, ...this.kept].slice(0, POSITION_KEEP);
    this.changed();
    void this.flush();
  }

  private async flush(): Promise<void> {
    const since = Date.now() - POSITION_MAX_AGE_MS;
    const batch = this.kept.filter((fix) => Date.parse(fix.fix_at) > since);
    this.kept = batch;
    if (batch.length && (await this.send(batch))) this.kept = this.kept.filter((fix) => !batch.includes(fix));
  }
}
