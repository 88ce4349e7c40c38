/** Sends what is queued: one batch in flight in the whole browser, the same bytes until an answer is on disk. */

import { BATCH_BYTES, BATCH_MAX, DEFER_RETRY_MS, SYNC_LOCK } from '../lib/constants';
import { Backoff } from './backoff';
import type { Alone, Answer, Time, Transport } from './ports';
import type { Queue } from './queue';
import type { CommandRow } from './store';

/** What an HTTP answer means for the queue (phone-protocol.md §3); what is not named here is "nothing is known". */
type Meaning = 'answered' | 'later' | 'signed_out' | 'csrf' | 'revoked' | 'too_big' | 'broken' | 'update';
const BY_STATUS: Record<number, Meaning> = { 200: 'answered', 413: 'too_big', 400: 'broken', 426: 'update' };
const BY_CODE: Record<string, Meaning> = { signed_out: 'signed_out', csrf_failed: 'csrf', device_revoked: 'revoked' };

export const meaningOf = (answer: Answer): Meaning => BY_CODE[answer.code] ?? BY_STATUS[answer.status] ?? 'later';

export type Trouble = 'signed_out' | 'revoked' | 'update' | null;

export interface PumpHost {
  head(): Promise<{ device_id: string; epoch: string; cursor: number; seen: string[] }>;
  answered(body: any, t0: number, seen: string[]): Promise<void>;
  refreshToken(): Promise<boolean>;
  /** The phone itself knows that there is no network: nothing leaves it, so nothing may be called sent. */
  offline(): boolean;
  changed(): void;
}

export class Pump {
  /** When it will try by itself; 0 while there is nothing to wait for. */
  nextTryAt = 0;
  trouble: Trouble = null;
  private backoff: Backoff;
  private wanted = false;
  private running: Promise<void> | null = null;
  private callOff: () => void = () => undefined;
  private limit = BATCH_MAX;

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
    this.callOff();
    this.nextTryAt = 0;
  }

  private go(): Promise<void> {
    this.callOff();
    this.nextTryAt = 0;
    this.wanted = true;
    this.running ??= this.alone(SYNC_LOCK, () => this.drain()).finally(() => (this.running = null));
    return this.running;
  }

  private async drain(): Promise<void> {
    while (this.wanted) {
      this.wanted = false;
      for (;;) {
        const batch = this.fit(await this.queue.toSend());
        if (!batch.length || !(await this.send(batch))) break;
      }
    }
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
    const answer = await this.transport({ method: 'POST', path: 'sync/commands', json: { ...head, commands } });
    const meaning = meaningOf(answer);
    const goOn = await this.react[meaning](batch, answer, t0, head.seen);
    this.host.changed();
    return goOn;
  }

  private react: Record<Meaning, (batch: CommandRow[], answer: Answer, t0: number, seen: string[]) => Promise<boolean>> = {
    answered: async (batch, answer, t0, seen) => {
      this.trouble = null;
      this.backoff.reset();
      this.limit = Math.min(BATCH_MAX, this.limit * 2);
      await this.queue.settle(answer.body.results, DEFER_RETRY_MS);
      await this.host.answered(answer.body, t0, seen);
      const told = new Set(answer.body.results.map((result: { cmd_id: string }) => result.cmd_id));
      const open = answer.body.results.some((result: { outcome: string }) => result.outcome === 'deferred');
      if (open) this.later(DEFER_RETRY_MS);
      if (batch.some((row) => told.has(row.cmd_id))) return true;
      return this.wait(null);
    },
    later: async (_batch, answer) => this.wait(answer.headers.get('Retry-After')),
    csrf: async () => ((await this.host.refreshToken()) ? true : this.wait(null)),
    signed_out: async () => this.stand('signed_out'),
    revoked: async () => this.stand('revoked'),
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
    this.nextTryAt = this.time.now() + ms;
    this.callOff = this.time.after(ms, () => void this.go());
  }
}
