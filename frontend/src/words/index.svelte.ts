/** Words on the screen: one locale loaded at a time, all keys typed by the Chinese file. */

import { KEY } from '../lib/constants';

export type Words = Record<keyof (typeof import('./zh-Hans'))['default'], string>;
export type Word = keyof Words;
export type Lang = 'zh-Hans' | 'zh-Hant' | 'en';
export type Params = Record<string, string | number | null | undefined>;

const LOAD: Record<Lang, () => Promise<{ default: Words }>> = {
  'zh-Hans': () => import('./zh-Hans'),
  'zh-Hant': () => import('./zh-Hant'),
  en: () => import('./en'),
};

/** The first of the reader's languages that there is; Chinese for everyone in doubt. */
export function chooseLang(kept: string | null, wanted: readonly string[]): Lang {
  if (kept && kept in LOAD) return kept as Lang;
  for (const tag of wanted.map((one) => one.toLowerCase())) {
    if (/^zh-(hant|tw|hk|mo)/.test(tag)) return 'zh-Hant';
    if (tag.startsWith('zh')) return 'zh-Hans';
    if (tag.startsWith('en')) return 'en';
  }
  return 'zh-Hans';
}

export const locale = $state<{ lang: Lang; words: Words | null }>({ lang: 'zh-Hans', words: null });

export async function useLang(lang: Lang): Promise<void> {
  const words = (await LOAD[lang]()).default;
  [locale.lang, locale.words] = [lang, words];
  document.documentElement.lang = lang;
  localStorage.setItem(KEY.lang, lang);
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
