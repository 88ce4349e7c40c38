/** Every sound and vibration, as one table (docs/phone.md): tones in Hz with length in seconds, then how often. */

export interface Sound {
  tones: [hz: number, at_s: number, for_s: number][];
  vibrate: number[];
  /** Repeat after so many seconds; 0 is once. */
  every_s: number;
  gain?: number;
}

export type SoundName = 'offer_critical' | 'offer' | 'tick' | 'place' | 'halt' | 'cannot' | 'check_in' | 'help' | 'saved';

export const SOUNDS: Record<SoundName, Sound> = {
  offer_critical: { tones: [[880, 0, 0.2], [1175, 0.22, 0.2]], vibrate: [400, 150, 400, 150, 800], every_s: 1 },
  offer: { tones: [[880, 0, 0.2], [1175, 0.22, 0.2]], vibrate: [400, 150, 400, 150, 800], every_s: 4 },
  tick: { tones: [[660, 0, 0.12]], vibrate: [80], every_s: 0 },
  place: { tones: [[660, 0, 0.12], [660, 0.25, 0.12]], vibrate: [200, 100, 200], every_s: 0 },
  halt: { tones: [[784, 0, 0.25], [523, 0.28, 0.25], [392, 0.56, 0.35]], vibrate: [1000, 300], every_s: 3 },
  cannot: { tones: [[330, 0, 0.2], [330, 0.3, 0.2]], vibrate: [120, 60, 120, 60, 120], every_s: 0, gain: 0.6 },
  check_in: { tones: [], vibrate: [200, 200, 200], every_s: 0 },
  help: { tones: [], vibrate: [60], every_s: 0 },
  saved: { tones: [], vibrate: [40], every_s: 0 },
};
