/** Where the phone is: only from setting out to concluding, only while visible; old and vague fixes are dropped. */

import { FIX_FRESH_MS, POSITION_EVERY_MS, POSITION_KEEP, POSITION_MAX_ACC_M, POSITION_MAX_AGE_MS } from '../lib/constants';
import type { Fix } from '../sync/envelope';

export class Places {
  last: Fix | null = null;
  private kept: Fix[] = [];
  private watch: number | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(private send: (fixes: Fix[]) => Promise<boolean>, private changed: () => void) {}

  set(on: boolean): void {
    if (on === (this.watch !== null) || !navigator.geolocation) return;
    if (on) this.begin();
    else this.end();
  }

  /** The last fix if it is fresh enough to stand on a command. */
  fresh(now: number): Fix | null {
    return this.last && now - Date.parse(this.last.fix_at) < FIX_FRESH_MS ? this.last : null;
  }

  private begin(): void {
    const options = { enableHighAccuracy: true, maximumAge: 10_000, timeout: 30_000 };
    this.watch = navigator.geolocation.watchPosition((found) => this.take(found), () => undefined, options);
    this.timer = setInterval(() => void this.flush(), POSITION_EVERY_MS);
  }

  private end(): void {
    if (this.watch !== null) navigator.geolocation.clearWatch(this.watch);
    if (this.timer) clearInterval(this.timer);
    [this.watch, this.timer, this.last] = [null, null, null];
  }

  private take({ coords, timestamp }: GeolocationPosition): void {
    if (coords.accuracy > POSITION_MAX_ACC_M) return;
    const first = this.last === null;
    this.last = { lng: coords.longitude, lat: coords.latitude, acc: coords.accuracy, fix_at: new Date(timestamp).toISOString() };
    this.kept = [this.last, ...this.kept].slice(0, POSITION_KEEP);
    this.changed();
    if (first) void this.flush();
  }

  private async flush(): Promise<void> {
    const since = Date.now() - POSITION_MAX_AGE_MS;
    const batch = this.kept.filter((fix) => Date.parse(fix.fix_at) > since);
    if (document.visibilityState !== 'visible' || !batch.length) return;
    if (await this.send(batch)) this.kept = this.kept.filter((fix) => !batch.includes(fix));
  }
}
