/** The bell: sounds made on the spot, no files; vibration where there is any; a touch unlocks it. */

import { SOUNDS, type SoundName } from './sounds';

export class Bell {
  looping: SoundName | null = null;
  vibrated = false;
  private context: AudioContext | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(private changed: () => void) {}

  /** A page may sound only after a touch; true when it now can. */
  async unlock(): Promise<boolean> {
    this.context ??= new AudioContext();
    this.context.onstatechange = () => this.changed();
    // Without a touch `resume` may never settle.
    await Promise.race([this.context.resume(), new Promise((done) => setTimeout(done, 400))]);
    this.changed();
    return this.unlocked;
  }

  get unlocked(): boolean {
    return this.context?.state === 'running';
  }

  get vibrates(): boolean {
    return typeof navigator.vibrate === 'function';
  }

  once(name: SoundName, silent = false): void {
    const sound = SOUNDS[name];
    if (!silent) for (const [hz, at, length] of sound.tones) this.tone(hz, at, length, sound.gain ?? 1);
    if (this.vibrates) this.vibrated = navigator.vibrate(sound.vibrate) || this.vibrated;
  }

  /** Ring until told to stop; the same again goes on undisturbed. */
  loop(name: SoundName, silent = false): void {
    if (this.looping === name) return;
    this.stop();
    this.looping = name;
    this.once(name, silent);
    this.changed();
    this.timer = setInterval(() => this.once(name, silent), SOUNDS[name].every_s * 1000);
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    if (this.looping && this.vibrates) navigator.vibrate(0);
    const was = this.looping;
    [this.timer, this.looping] = [null, null];
    if (was) this.changed();
  }

  buzz(pattern: number | number[]): void {
    if (this.vibrates) navigator.vibrate(pattern);
  }

  private tone(hz: number, at_s: number, for_s: number, gain: number): void {
    if (!this.context || !this.unlocked) return;
    const from = this.context.currentTime + at_s;
    const oscillator = new OscillatorNode(this.context, { type: 'square', frequency: hz });
    const volume = new GainNode(this.context, { gain: 0 });
    volume.gain.setTargetAtTime(gain, from, 0.008);
    volume.gain.setTargetAtTime(0, from + for_s, 0.02);
    oscillator.connect(volume).connect(this.context.destination);
    oscillator.start(from);
    oscillator.stop(from + for_s + 0.2);
  }
}

/** A ring at the start of the shift longer than this was not heard. */
const RINGS_MS = 20_000;
/** A round trip longer than this is a clock that was set meanwhile. */
const TRIP_MS = 600_000;

/** The test at the start of a shift: it rings until it is heard, for a while, and never without its screen. */
export class Trial {
  private rungAt: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private gone = false;

  constructor(private bell: Pick<Bell, 'loop' | 'stop'>) {}

  /** False where the screen left while the browser was still being asked for something. */
  ring(): boolean {
    if (this.gone) return false;
    this.stop();
    this.bell.loop('offer_critical');
    this.rungAt = performance.now();
    this.timer = setTimeout(() => this.stop(), RINGS_MS);
    return true;
  }

  /** After how many ms it was heard; null where it had rung out. */
  heard(): number | null {
    return this.rungAt === null ? null : Math.round(performance.now() - this.rungAt);
  }

  leave(): void {
    this.gone = true;
    this.stop();
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.rungAt = null;
    this.bell.stop();
  }
}

export const measured = (ms: number | null): number | null => (ms !== null && ms >= 0 && ms <= TRIP_MS ? ms : null);
