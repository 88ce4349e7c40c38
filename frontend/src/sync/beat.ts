/** What the phone says of itself: what it holds unsent, how its clock stands, whether it rings. */

import { APP_VERSION } from '../lib/constants';
import type { ClockOffset } from '../lib/clock';
import type { BlobRow, CommandRow } from './store';

const MOST_IDS = 200;

/** What a heartbeat must say at least: one bad measurement in the rest may not make a ringing phone a dead one at the desk. */
const LEAST = ['device_id', 'epoch', 'pending', 'oldest_at', 'stuck', 'can_ring', 'ring_problem', 'heard_at', 'wake_lock', 'visible', 'socket'];
export const leastOf = (beat: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(LEAST.map((key) => [key, beat[key]]));

/** How much waits here, photos on their way included. */
export const unsent = (commands: CommandRow[], blobs: BlobRow[]): number =>
  commands.filter((row) => row.status !== 'settled').length + photosOf(commands, blobs).length;

/** Confirmed photos whose bytes are not up yet: the server knows of them and does not have them. */
const photosOf = (commands: CommandRow[], blobs: BlobRow[]): CommandRow[] => {
  const waiting = new Set(blobs.filter((blob) => blob.state === 'waiting').map((blob) => blob.sha256));
  return commands.filter((row) => row.status === 'settled' && row.type === 'photo' && waiting.has(row.args['sha256']));
};

export function beatOf(commands: CommandRow[], blobs: BlobRow[], clock: ClockOffset, now: number) {
  const open = [...commands.filter((row) => row.status !== 'settled'), ...photosOf(commands, blobs)].sort((a, b) => a.seq - b.seq);
  const kinds: Record<string, number> = {};
  for (const row of open) kinds[row.type] = (kinds[row.type] ?? 0) + 1;
  return {
    pending: open.length,
    oldest_at: open[0]?.occurred_at ?? null,
    kinds,
    ids: open.slice(0, MOST_IDS).map((row) => row.cmd_id),
    stuck: open.filter((row) => row.status === 'stuck').length,
    offset_ms: clock.ms,
    offset_age_s: clock.ms === null ? null : clock.ageS(now),
    app: APP_VERSION,
  };
}
