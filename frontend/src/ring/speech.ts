/** Speech, only while driving or ringing; never a name, a number or a sum. */

const VOICE = { 'zh-Hans': 'zh-CN', 'zh-Hant': 'zh-CN', en: 'en-GB' };

export function speak(text: string, lang: keyof typeof VOICE): void {
  if (!('speechSynthesis' in window)) return;
  speechSynthesis.cancel();
  const words = new SpeechSynthesisUtterance(text);
  words.lang = VOICE[lang];
  speechSynthesis.speak(words);
}

export const hush = (): void => void ('speechSynthesis' in window && speechSynthesis.cancel());
