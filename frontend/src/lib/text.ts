/** Times and lengths as the screen shows them; the centre's wall clock, whatever the phone is set to. */

const ZONE = 'Asia/Shanghai';
const clockFormat = new Intl.DateTimeFormat('en-GB', { timeZone: ZONE, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const secondsFormat = new Intl.DateTimeFormat('en-GB', { timeZone: ZONE, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const dayFormat = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit' });

export const ms = (when: string | number): number => (typeof when === 'number' ? when : Date.parse(when));

/** "14:49"; empty when there is no time. */
export const hm = (when: string | number | null | undefined): string => (when ? clockFormat.format(ms(when)) : '');

/** "14:49:48". */
export const hms = (when: string | number | null | undefined): string => (when ? secondsFormat.format(ms(when)) : '');

/** "2026-11-22" on the centre's calendar. */
export const day = (when: string | number): string => dayFormat.format(ms(when));

export const month = (when: string | number): number => Number(day(when).slice(5, 7));
export const dayOfMonth = (when: string | number): number => Number(day(when).slice(8, 10));

/** "15:26", or "1:02:03" from an hour on; never below zero. */
export function countdown(left_ms: number): string {
  const all = Math.max(0, Math.floor(left_ms / 1000));
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

/** "0:40" for a call that runs. */
export function running(since: string | number, now: number): string {
  const all = Math.max(0, Math.floor((now - ms(since)) / 1000));
  return `${Math.floor(all / 60)}:${String(all % 60).padStart(2, '0')}`;
}

export const minutesSince = (when: string | number, now: number): number => Math.max(0, Math.floor((now - ms(when)) / 60000));

/** A fact under 5 minutes is fresh, to 15 ageing, then old. */
export function freshness(when: string | number, now: number): 'fresh' | 'ageing' | 'old' {
  const minutes = minutesSince(when, now);
  return minutes < 5 ? 'fresh' : minutes < 15 ? 'ageing' : 'old';
}

/** 1900 → "1.9". */
export const km = (metres: number): string => (metres / 1000).toFixed(metres < 100 ? 2 : 1);

export const drive_min = (seconds: number): number => Math.max(1, Math.round(seconds / 60));

/** "王庆和" → "王*": what may stand on a screen others see. */
export const maskName = (name: string): string => (name ? `${[...name][0]}*` : '');
export const maskTail = (value: string): string => `****${value.replace(/\s/g, '').slice(-4)}`;
export const maskPhone = (value: string): string => (value.length > 7 ? `${value.slice(0, 3)}****${value.slice(-4)}` : value);
