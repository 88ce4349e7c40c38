import { expect, it } from 'vitest';
import { isNight } from '../src/lib/sun';

// Published times of sunrise and sunset, UTC.
it.each([
  ['Greenwich, midsummer', 0, 51.48, '2026-06-21', '03:43', '20:21'],
  ['Greenwich, midwinter', 0, 51.48, '2026-12-21', '08:04', '15:53'],
  ['Sydney, midwinter', 151.21, -33.87, '2026-06-20', '', '06:54'],
  ['Quito, equinox', -78.47, -0.18, '2026-03-20', '11:18', '23:25'],
] as const)('%s', (_where, lng, lat, day, rise, set) => {
  const at = (time: string, minutes: number) => Date.parse(`${day}T${time}:00Z`) + minutes * 60_000;
  for (const [time, before] of [[rise, true], [set, false]] as const) {
    if (!time) continue;
    expect(isNight(at(time, -4), lng, lat), `before ${time}`).toBe(before);
    expect(isNight(at(time, 4), lng, lat), `after ${time}`).toBe(!before);
  }
});

it('never sets in the arctic summer', () => {
  for (let hour = 0; hour < 24; hour++) expect(isNight(Date.UTC(2026, 5, 21, hour), 15.6, 78.2)).toBe(false);
});
