/** A command becomes text once; exactly these bytes are hashed, kept and sent (phone-protocol.md §2). */

import { APP_VERSION } from '../lib/constants';
import type { ClockOffset } from '../lib/clock';
import type { Id } from '../lib/types';
import { sha256 } from '../lib/sha';

export interface Fix { lng: number; lat: number; acc: number; fix_at: string }

export interface Order {
  cmd_id: Id;
  type: string;
  subject: { kind: 'assignment' | 'case' | 'shift'; id: Id };
  args: Record<string, any>;
  base_version?: number | null;
  pos?: Fix | null;
}

export interface Sealed { text: string; sha: string; occurred_at: string }

export async function seal(order: Order, seq: number, now: number, clock: ClockOffset): Promise<Sealed> {
  const occurred_at = new Date(now).toISOString();
  const text = JSON.stringify({
    cmd_id: order.cmd_id,
    seq,
    type: order.type,
    v: 1,
    subject: order.subject,
    base_version: order.base_version ?? null,
    args: order.args,
    occurred_at,
    offset_ms: clock.ms,
    offset_age_s: clock.ageS(now),
    pos: order.pos ?? null,
    app: APP_VERSION,
  });
  return { text, sha: await sha256(text), occurred_at };
}
