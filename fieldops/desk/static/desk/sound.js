// One short sound for a new alarm; browsers allow it only after the officer has touched the page.
let context = null;
const TONES = {help: [880, 660, 880, 660, 880], stop_payment: [880, 660, 880]};

export function alarm(kind) {
    try {
        context = context || new AudioContext();
        (TONES[kind] || [740, 560]).forEach((pitch, index) => {
            const tone = context.createOscillator(), volume = context.createGain();
            tone.frequency.value = pitch;
            volume.gain.value = 0.08;
            tone.connect(volume).connect(context.destination);
            tone.start(context.currentTime + index * 0.18);
            tone.stop(context.currentTime + index * 0.18 + 0.15);
        });
    } catch {
        // No sound device: the alarm row stands there all the same.
    }
}
