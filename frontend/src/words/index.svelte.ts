/** Words on the screen: one language loaded at a time, all keys typed by the Chinese files.
 *
 * What the first screens say comes with them; the rest beside them, before the first screen that says it.
 */

import { KEY } from '../lib/constants';
import type first from './zh-Hans';
import type later from './zh-Hans.later';

export type Words = Record<keyof typeof first, string>;
export type LaterWords = Record<keyof typeof later, string>;
export type Word = keyof Words | keyof LaterWords;
export type Lang = 'zh-Hans' | 'zh-Hant' | 'en';
export type Params = Record<string, string | number | null | undefined>;

const FIRST: Record<Lang, () => Promise<{ default: Words }>> = {
  'zh-Hans': () => import('./zh-Hans'), 'zh-Hant': () => import('./zh-Hant'), en: () => import('./en'),
};
const LATER: Record<Lang, () => Promise<{ default: LaterWords }>> = {
  'zh-Hans': () => import('./zh-Hans.later'), 'zh-Hant': () => import('./zh-Hant.later'), en: () => import('./en.later'),
};

/** The first of the reader's languages that there is; Chinese for everyone in doubt. */
export function chooseLang(kept: string | null, wanted: readonly string[]): Lang {
  if (kept && kept in FIRST) return kept as Lang;
  for (const tag of wanted.map((one) => one.toLowerCase())) {
    if (/^zh-(hant|tw|hk|mo)/.test(tag)) return 'zh-Hant';
    if (tag.startsWith('zh')) return 'zh-Hans';
    if (tag.startsWith('en')) return 'en';
  }
  return 'zh-Hans';
}

export const locale = $state<{ lang: Lang; words: Partial<Record<Word, string>> | null }>({ lang: 'zh-Hans', words: null });
let whole = false;

export async function useLang(lang: Lang): Promise<void> {
  const [words, rest] = await Promise.all([FIRST[lang](), whole ? LATER[lang]() : null]);
  [locale.lang, locale.words] = [lang, { ...words.default, ...rest?.default }];
  document.documentElement.lang = lang;
  localStorage.setItem(KEY.lang, lang);
}

/** Load the rest of the words: what a screen of the second load waits for. */
export async function wholeLang(): Promise<void> {
  if (whole) return;
  const { lang } = locale;
  const rest = (await LATER[lang]()).default;
  if (lang !== locale.lang) return wholeLang();
  locale.words = { ...locale.words, ...rest };
  whole = true;
}

/** A word with its parameters filled in; a missing one shows its key, so that it is seen. */
export function t(key: Word, params: Params = {}): string {
  const text = locale.words?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** The word of a code: `of('level', 'high')`; an unknown code shows itself. */
export function of(group: string, code: string | null | undefined): string {
  const key = `${group}.${code ?? ''}`;
  return locale.words && key in locale.words ? t(key as Word) : (code ?? '');
}
