import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import enFirst from '../src/words/en';
import enLater from '../src/words/en.later';
import { QUIET } from '../src/words/entries';
import hansFirst from '../src/words/zh-Hans';
import hansLater from '../src/words/zh-Hans.later';
import hantFirst from '../src/words/zh-Hant';
import hantLater from '../src/words/zh-Hant.later';

const hans = { ...hansFirst, ...hansLater };
const hant = { ...hantFirst, ...hantLater };
const en = { ...enFirst, ...enLater };

const root = new URL('..', import.meta.url).pathname;
const contract = JSON.parse(readFileSync(join(root, '../contract/moves.json'), 'utf8'));
const sources = (readdirSync(join(root, 'src'), { recursive: true }) as string[])
  .filter((file) => /\.(svelte|ts)$/.test(file) && !/words\/(en|zh-)/.test(file))
  .map((file) => [file, readFileSync(join(root, 'src', file), 'utf8')] as const);
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((hole) => hole[1]).sort();
const keys = Object.keys(hans) as (keyof typeof hans)[];

/** Every file the page's first script brings with it: what is imported by name, and not later. */
function firstLoad(file = 'main.ts', seen = new Map<string, string>()): Map<string, string> {
  const text = readFileSync(join(root, 'src', file), 'utf8');
  seen.set(file, text);
  for (const [, from] of text.matchAll(/^\s*import (?!type )[^;]*?'(\.[^']+)'/gm)) {
    const path = join(dirname(file), from!);
    const found = [path, `${path}.ts`].find((name) => /\.(ts|svelte)$/.test(name) && existsSync(join(root, 'src', name)));
    if (found && !seen.has(found)) firstLoad(found, seen);
  }
  return seen;
}

describe('words', () => {
  it.each([['zh-Hant', hant], ['en', en]] as const)('%s has every key, none empty, with the same parameters', (_lang, words) => {
    expect(Object.keys(words).sort()).toEqual([...keys].sort());
    for (const key of keys) {
      expect(words[key], key).not.toBe('');
      expect([key, holes(words[key])]).toEqual([key, expect.arrayContaining([])]);
      for (const hole of holes(words[key])) expect(holes(hans[key]), key).toContain(hole);
    }
  });

  it('has a word for every key the screens name', () => {
    for (const [file, text] of sources)
      for (const [, key] of text.matchAll(/\bt\('([^'`$]+)'/g)) expect(hans, `${file}: ${key}`).toHaveProperty([key!]);
  });

  it('has the words of the first screens with the first load, of whole groups where a code names them', () => {
    const groups = new Set(Object.keys(hansFirst).map((key) => key.split('.')[0]));
    expect(firstLoad().size).toBeGreaterThan(30);
    for (const [file, text] of firstLoad()) {
      for (const [, key] of text.matchAll(/\bt\('([^'`$]+)'/g)) expect(hansFirst, `${file}: ${key}`).toHaveProperty([key!]);
      for (const [, group] of text.matchAll(/\b(?:t\(`|of\(['`])(\w+)[.'`]/g)) expect(groups, file).toContain(group);
    }
    expect(Object.keys(hansLater).filter((key) => groups.has(key.split('.')[0]))).toEqual([]);
  });

  it('has a word for every code of the contract', () => {
    const groups: [string, string[]][] = [
      ['line', Object.keys(contract.lines).filter((code) => !QUIET.has(code))], ['canned', contract.canned], ['level', contract.choices.level],
      ['state', contract.choices.victim_state], ['reason', contract.choices.decline_reason], ['effect', contract.choices.effect],
      ['effect_term', contract.choices.effect], ['met', contract.choices.met], ['ineffective', contract.choices.ineffective],
      ['basis', contract.choices.basis], ['call', contract.choices.call_result], ['channel', contract.choices.channel],
      ['duty', contract.choices.duty], ['item', Object.keys(contract.commands)],
    ];
    for (const [group, codes] of groups) for (const code of codes) expect(hans, group).toHaveProperty([`${group}.${code}`]);
  });

  it('no Chinese stands in the screens themselves', () => {
    const allowed = /简体|繁體|[“”：，、。；！？]|前\|ago/g;
    for (const [file, text] of sources.filter(([name]) => name.endsWith('.svelte')))
      expect(text.replace(/\/\/.*|<!--[\s\S]*?-->/g, '').replace(allowed, '').match(/[\u4e00-\u9fff]+/g), file).toBeNull();
  });

  it('zh-Hant is written in traditional letters', () => {
    expect(Object.values(hant).join('').match(/[单连网络说话护战术员应钱账转给现声]/g)).toBeNull();
  });
});
