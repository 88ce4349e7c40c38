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
