import { day, hm, ms } from '../lib/text';
import type { Shift } from '../lib/types';
import { t } from './index.svelte';

/** "明早 08:30", or just the time when the shift ends today. */
export const shiftEnd = (shift: Shift, now: number): string =>
  day(shift.ends_at) === day(now) ? hm(shift.ends_at) : t('duty.tomorrow', { time: hm(shift.ends_at) });

export function shiftLeft(shift: Shift, now: number): string {
  const minutes = Math.max(0, Math.floor((ms(shift.ends_at) - now) / 60_000));
  return t('standby.left', { h: Math.floor(minutes / 60), m: minutes % 60 });
}
