/** Sends what is queued: one batch in flight in the whole browser, the same bytes until an answer is on disk. */

import { BATCH_BYTES, BATCH_MAX, SYNC_LOCK, WAIT_MAX_MS } from '../lib/constants';
import { Backoff } from './backoff';
import type { Alone, Answer, Ask, Time, Transport } from './ports';
import type { Queue } from './queue';
import type { CommandRow } from './store';

/** What an answer means for the queue (phone-protocol.md §3); what is not named here is "nothing is known".
 *
 * A refusal is read by its code alone: a status may come from a proxy, which knows nothing of the commands.
 */
type Meaning = 'answered' | 'later' | 'signed_out' | 'csrf' | 'revoked' | 'too_big' | 'broken' | 'update';
const BY_CODE: Record<string, Meaning> = {
  signed_out: 'signed_out', csrf_failed: 'csrf', device_revoked: 'revoked', too_large: 'too_big', invalid: 'broken', update_wanted: 'update',
};

export function meaningOf(answer: Answer): Meaning {
  // A hotel's sign-in page says 200 as well: only results are results.
  if (answer.status === 200) return Array.isArray(answer.body?.results) ? 'answered' : 'later';
  return BY_CODE[answer.code] ?? 'later';
}

export type Trouble = 'signed_out' | 'revoked' | 'update' | null;

export interface PumpHost {
  head(): Promise<{ device_id: string; epoch: string; cursor: number; seen: string[] }>;
  answered(body: any, t0: number, seen: string[]): Promise<void>;
  refreshToken(): Promise<boolean>;
  /** This phone was taken off the list: true when there is another door for what is unsent. */
  revoked(answer: Answer): Promise<boolean>;
  /** Everything there was to send has been answered. */
  drained(): Promise<void>;
  /** The phone itself knows that there is no network: nothing leaves it, so nothing may be called sent. */
  offline(): boolean;
  changed(): void;
}

const DOOR = { path: 'sync/commands' };

export class Pump {
  /** When it will try by itself; 0 while there is nothing to wait for. */
  nextTryAt = 0;
  trouble: Trouble = null;
  /** Where the batches go; a phone taken off the list has only the door that takes and gives nothing back. */
  door: Pick<Ask, 'path' | 'headers'> = DOOR;
  private backoff: Backoff;
  private wanted = false;
  private running: Promise<void> | null = null;
  private callOff: () => void = () => undefined;
  private limit = BATCH_MAX;
  private stopped = false;
  private refreshed = false;

  constructor(
    private queue: Queue, private transport: Transport, private time: Time, private alone: Alone,
    private host: PumpHost, random: () => number = Math.random,
  ) {
    this.backoff = new Backoff(random);
  }

  /** Try now: online again, socket open, screen lit, or a tap. */
  kick(): Promise<void> {
    this.backoff.reset();
    return this.go();
  }

  stop(): void {
    this.stopped = true;
    this.callOff();
    this.nextTryAt = 0;
  }

  private go(): Promise<void> {
    this.callOff();
    this.nextTryAt = 0;
    this.wanted = true;
    this.running ??= this.alone(SYNC_LOCK, () => this.drain()).catch(() => void this.wait(null)).finally(() => this.rest());
    return this.running;
  }

  private async drain(): Promise<void> {
    while (this.wanted && !this.stopped) {
      this.wanted = false;
      for (;;) {
        const rows = await this.queue.toSend();
        if (!rows.length) await this.settleDown();
        if (!rows.length || this.stopped || !(await this.send(this.fit(rows)))) break;
      }
    }
  }

  /** Nothing left to send now; a deferred one is asked about when its time comes, whoever kicked meanwhile. */
  private async settleDown(): Promise<void> {
    const held = await this.queue.heldUntil();
    if (held) this.later(Math.max(0, held - this.time.now()));
    await this.host.drained();
  }

  /** Asked again while the lock was being given back: that is another turn. */
  private rest(): void {
    this.running = null;
    if (this.wanted && !this.stopped && !this.nextTryAt) void this.go();
  }

  /** The first commands that fit into one request, in order. */
  private fit(rows: CommandRow[]): CommandRow[] {
    let bytes = 0;
    const batch = rows.slice(0, this.limit);
    const over = batch.findIndex((row) => (bytes += row.text.length * 3) > BATCH_BYTES);
    return over < 0 ? batch : batch.slice(0, Math.max(1, over));
  }

  /** Send one batch; true when it makes sense to go on at once. */
  private async send(batch: CommandRow[]): Promise<boolean> {
    if (this.host.offline()) return this.wait(null);
    const head = await this.host.head();
    const commands = batch.map(({ text, sha }) => ({ text, sha }));
    await this.queue.markSent(batch);
    this.host.changed();
    const t0 = this.time.now();
    const answer = await this.transport({ method: 'POST', ...this.door, json: { ...head, commands } });
    if (this.isShut(answer)) return this.wait(null);
    const meaning = meaningOf(answer);
    const goOn = await this.react[meaning](batch, answer, t0, head.seen);
    this.host.changed();
    return goOn;
  }

  /** The pass for the other door has run out: the front door gives a new one. */
  private isShut(answer: Answer): boolean {
    return (answer.status === 401 || answer.status === 403) && this.useFrontDoor();
  }

  /** True when it stood at the other one. */
  useFrontDoor(): boolean {
    const other = this.door !== DOOR;
    this.door = DOOR;
    return other;
  }

  private react: Record<Meaning, (batch: CommandRow[], answer: Answer, t0: number, seen: string[]) => Promise<boolean>> = {
    answered: async (batch, answer, t0, seen) => {
      if (this.door === DOOR) this.trouble = null;
      this.backoff.reset();
      this.refreshed = false;
      this.limit = Math.min(BATCH_MAX, this.limit * 2);
      await this.queue.settle(answer.body.results, answer.body.head);
      await this.host.answered(answer.body, t0, seen);
      const told = new Set(answer.body.results.map((result: { cmd_id: string }) => result.cmd_id));
      if (batch.some((row) => told.has(row.cmd_id))) return true;
      return this.wait(null);
    },
    later: async (_batch, answer) => this.wait(answer.headers.get('Retry-After')),
    csrf: async () => {
      // Once at once; a token that is refused again is not worth a storm.
      const again = !this.refreshed && (await this.host.refreshToken());
      this.refreshed = again;
      return again || this.wait(null);
    },
    signed_out: async () => this.stand('signed_out'),
    revoked: async (_batch, answer) => {
      this.stand('revoked');
      return this.host.revoked(answer);
    },
    update: async () => this.stand('update'),
    too_big: (batch) => this.halve(batch, 'TOO_BIG'),
    broken: (batch) => this.halve(batch, 'BROKEN'),
  };

  /** A batch the server cannot take: smaller ones, down to the single command that is at fault; it stays, shown. */
  private async halve(batch: CommandRow[], code: string): Promise<boolean> {
    if (batch.length === 1) await this.queue.markStuck(batch, code);
    else this.limit = Math.floor(batch.length / 2);
    return true;
  }

  private stand(trouble: Trouble): boolean {
    this.trouble = trouble;
    return false;
  }

  private wait(retryAfter: string | null): false {
    this.later(this.backoff.next_ms(retryAfter));
    return false;
  }

  private later(ms: number): void {
    this.callOff();
    if (this.stopped) return;
    const wait = Math.min(ms, WAIT_MAX_MS);
    this.nextTryAt = this.time.now() + wait;
    this.callOff = this.time.after(wait, () => void this.go());
  }
}
