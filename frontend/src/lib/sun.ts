/** Whether the sun is down at a place: the Astronomical Almanac's short formula, good to a minute or two. */

const DEG = Math.PI / 180;
const J2000_MS = Date.UTC(2000, 0, 1, 12);
/** Its upper edge on the horizon, with the air's bending of light. */
const HORIZON = Math.sin(-0.833 * DEG);

export function isNight(at: number, lng: number, lat: number): boolean {
  const d = (at - J2000_MS) / 86_400_000;
  const anomaly = (357.529 + 0.98560028 * d) * DEG;
  const along = (280.459 + 0.98564736 * d + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * DEG;
  const tilt = 23.439 * DEG;
  const up = Math.asin(Math.sin(tilt) * Math.sin(along));
  const right = Math.atan2(Math.cos(tilt) * Math.sin(along), Math.cos(along));
  const hour = (280.46062 + 360.98564737 * d + lng) * DEG - right;
  return Math.sin(lat * DEG) * Math.sin(up) + Math.cos(lat * DEG) * Math.cos(up) * Math.cos(hour) < HORIZON;
}
