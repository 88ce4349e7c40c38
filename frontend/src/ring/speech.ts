/** Speech, only while driving or ringing; never a name, a number or a sum. */

const VOICE = { 'zh-Hans': 'zh-CN', 'zh-Hant': 'zh-CN', en: 'en-GB' };

/** Say it aloud; `unheard` is called where this phone has no voice for it, so that the screen can say it large. */
export function speak(text: string, lang: keyof typeof VOICE, unheard: () => void = () => undefined): void {
  if (!('speechSynthesis' in window)) return unheard();
  speechSynthesis.cancel();
  if (!speechSynthesis.getVoices().length) unheard();
  const words = new SpeechSynthesisUtterance(text);
  words.lang = VOICE[lang];
  words.onerror = ({ error }) => void (error !== 'canceled' && error !== 'interrupted' && unheard());
  speechSynthesis.speak(words);
}

export const hush = (): void => void ('speechSynthesis' in window && speechSynthesis.cancel());
