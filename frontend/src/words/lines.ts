/** Timeline lines in words: codes and parameters come from the server, the language is the reader's. */

import type { Line } from '../lib/types';
import { of, t, type Params, type Word } from './index.svelte';

/** Parameters that are codes themselves, and the words they belong to. */
const GROUPS: Record<string, string> = {
  level: 'level', state: 'state', before: 'state', after: 'state', result: 'call', effect: 'effect_term',
  channel: 'channel', kind: 'indicator', disposition: 'disposition', command: 'step', source: 'source', rung: 'rung', promise: 'promise',
};

const SPECIAL: Record<string, (params: Record<string, unknown>) => Params> = {
  declined: ({ reason, words }) => ({ reason: [of('reason', String(reason)), words].filter(Boolean).join(t('comma')) }),
  message: ({ text, canned }) => ({ text: canned ? of('canned', String(canned)) : String(text ?? '') }),
};

export function lineWords(line: Line): string {
  const params: Params = {};
  for (const [name, value] of Object.entries(line.params)) {
    const group = GROUPS[name];
    // Names come as a list; older lines hold them joined.
    const said = Array.isArray(value) ? value.join(t('between')) || '—' : String(value ?? '');
    params[name] = group ? of(group, said) : said;
  }
  Object.assign(params, SPECIAL[line.code]?.(line.params));
  const key = `line.${line.code}`;
  const known = t(key as Word, params);
  return known === key ? line.code : known.replace(/\{\w+\}/g, '').replace(/[：:，,\s]+$/, '');
}
