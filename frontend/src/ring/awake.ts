/** Keeps the screen on while on duty: a phone that sleeps does not ring. */

export class Awake {
  held = false;
  private wanted = false;
  private lock: WakeLockSentinel | null = null;

  constructor(private changed: () => void) {
    document.addEventListener('visibilitychange', () => void this.again());
  }

  get possible(): boolean {
    return 'wakeLock' in navigator;
  }

  async want(): Promise<boolean> {
    this.wanted = true;
    await this.again();
    return this.held;
  }

  async drop(): Promise<void> {
    this.wanted = false;
    await this.lock?.release();
  }

  private async again(): Promise<void> {
    if (!this.wanted || !this.possible || this.held || document.visibilityState !== 'visible') return;
    try {
      this.lock = await navigator.wakeLock.request('screen');
      this.held = true;
      this.lock.addEventListener('release', () => {
        this.held = false;
        this.changed();
        void this.again();
      });
    } catch {
      this.held = false;
    }
    this.changed();
  }
}
