/** A new version of the app: it waits until nothing is open, and never takes over under a form, a queue or a ring. */

import { UPDATE_CHECK_MS } from './lib/constants';

export class Update {
  /** A new version is on the phone and waits. */
  ready = $state(false);
  private registration: ServiceWorkerRegistration | null = null;
  private taking = false;

  /** Keep the shell for offline starts, and look for a newer one now and then. */
  async watch(): Promise<void> {
    if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
    navigator.serviceWorker.addEventListener('controllerchange', () => this.taking && location.reload());
    this.registration = await navigator.serviceWorker.register('/m/sw.js', { scope: '/m/' });
    // The very first worker also waits for a moment, but has nobody to take over from.
    const look = () => (this.ready = Boolean(this.registration?.waiting && navigator.serviceWorker.controller));
    this.registration.addEventListener('updatefound', () => this.registration?.installing?.addEventListener('statechange', look));
    look();
    setInterval(() => void this.check(), UPDATE_CHECK_MS);
  }

  check = (): Promise<unknown> => this.registration?.update().catch(() => undefined) ?? Promise.resolve();

  /** Let the waiting version take over; the page opens again under it. */
  take(): void {
    if (!this.ready || this.taking) return;
    this.taking = true;
    this.registration?.waiting?.postMessage('take-over');
  }
}
