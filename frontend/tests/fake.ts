/** A small server in memory, and a clock moved by hand: for the engine's tests only. */

import 'fake-indexeddb/auto';
import type { FeedEvent } from '../src/lib/types';
import { uuid7 } from '../src/lib/uuid7';
import { noHeaders, nothing, type Alone, type Answer, type Ask, type Time, type Transport } from '../src/sync/ports';
import { Store, type CommandRow } from '../src/sync/store';

export const ME = { id: '0190aaaa-0000-7000-8000-000000000001', name: '陈默', username: 'alpha1', role: 'member' };
export const MATE = { id: '0190aaaa-0000-7000-8000-000000000002', name: '刘畅' };
export const CASE = '0190bbbb-0000-7000-8000-000000000001';
export const ASSIGNMENT = '0190cccc-0000-7000-8000-000000000001';

export class HandClock implements Time {
  ms = Date.parse('2026-11-22T06:49:00Z');
  private due: { at: number; work: () => void }[] = [];

  now = () => this.ms;
  steady = () => this.ms - this.setBack;
  /** How far somebody has set the wall clock. */
  setBack = 0;

  after(ms: number, work: () => void): () => void {
    const job = { at: this.ms + ms, work };
    this.due.push(job);
    return () => (this.due = this.due.filter((one) => one !== job));
  }

  /** Let time pass; what falls due runs, in order, and settles. */
  async pass(ms: number): Promise<void> {
    const until = this.ms + ms;
    for (;;) {
      const next = this.due.filter((job) => job.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.due = this.due.filter((job) => job !== next);
      this.ms = Math.max(this.ms, next.at);
      next.work();
      await settle();
    }
    this.ms = until;
  }
}

/** Wait for what must come, on a busy machine too; the assertion after it says what did not. */
export async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !holds(); i++) await settle();
}

export const settle = () => new Promise<void>((done) => setTimeout(done, 15));

const queues = new Map<string, Promise<void>>();
/** Another browser: nothing of the test before holds its locks. */
export const freshLocks = (): void => queues.clear();

export const alone: Alone = (name, work) => {
  const next = (queues.get(name) ?? Promise.resolve()).then(work, work);
  queues.set(name, next);
  return next;
};

export const freshStore = async (): Promise<Store> => {
  const store = new Store(`fieldops-${uuid7()}`);
  await store.open();
  return store;
};

/** How the server words what it refuses by status; a proxy's answer has no code. */
export const CODES: Record<number, string> = { 400: 'invalid', 413: 'too_large' };

type Fault = 'drop_before' | 'drop_after' | number | { status: number; code: string; body?: any } | null;

/** Applies every command once, remembers results by id and bytes, keeps a feed. */
export class FakeServer {
  gen = 'gen-1';
  feed: FeedEvent[] = [];
  stored = new Map<string, { sha: string; result: any }>();
  effects: string[] = [];
  asked: Ask[] = [];
  faults: Fault[] = [];
  pruned = 0;
  check: (subjects: any[]) => object = () => ({ ok: true, missing: [], differ: [] });
  blobs = new Map<string, number>();
  blobFaults: Fault[] = [];
  blobBytes = 0;
  /** How far the server's clock is from the phone's. */
  clockOff = 0;
  /** Requests whose path begins so meet nobody. */
  shut = '';
  inFlight = 0;
  mostInFlight = 0;
  snapshot: any = null;
  outcome: (command: any) => Record<string, unknown> = () => ({ outcome: 'applied' });
  accept: (commands: { text: string }[]) => number = () => 200;

  constructor(private clock: HandClock) {}

  transport: Transport = async (ask) => {
    this.asked.push(ask);
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    await new Promise((done) => setTimeout(done, 1));
    this.inFlight -= 1;
    const list = ask.path === 'sync/commands' || ask.path === 'sync/ingest' ? this.faults : ask.method === 'PATCH' ? this.blobFaults : [];
    if (this.shut && ask.path.startsWith(this.shut)) return nothing;
    const fault = list.shift() ?? null;
    if (fault === 'drop_before') return nothing;
    if (typeof fault === 'number') return { ...nothing, status: fault };
    if (fault && typeof fault === 'object') return { ...nothing, ...fault };
    const answer = this.route(ask);
    return fault === 'drop_after' ? nothing : answer;
  };

  private route(ask: Ask): Answer {
    const [path, query] = ask.path.split('?');
    const server_time = new Date(this.clock.ms + this.clockOff).toISOString();
    if (path === 'sync/commands') return this.commands(ask.json as any, server_time);
    if (path === 'sync/feed') return this.page(new URLSearchParams(query), server_time);
    if (path === 'sync/snapshot') return ok(this.snapshot ?? emptySnapshot(this.gen, this.feed.length, server_time));
    if (path === 'sync/devices') return ok({ device_id: (ask.json as any).device_id, user: ME, center: null, crew: null, server_time });
    if (path === 'sync/check') return ok(this.check((ask.json as any).subjects));
    if (path === 'sync/ingest') return ok({ server_time, results: (ask.json as any).commands.map(({ text }: any) => ({ cmd_id: JSON.parse(text).cmd_id, outcome: 'flagged', code: 'QUARANTINED' })) });
    if (path!.includes('blobs/')) return this.blob(ask, path!.split('/').at(-1)!);
    return ok({ server_time, head: this.feed.length });
  }

  private blob(ask: Ask, sha: string): Answer {
    const here = this.blobs.get(sha) ?? 0;
    const at = Number(ask.headers?.['Upload-Offset'] ?? here);
    if (ask.method === 'HEAD' && !this.blobs.has(sha)) return { ...nothing, status: 404 };
    if (at > here) return { ...nothing, status: 409, code: 'offset' };
    const end = ask.method === 'PATCH' ? Math.max(here, at + ask.bytes!.byteLength) : here;
    this.blobBytes += end - here;
    this.blobs.set(sha, end);
    return { status: 204, code: '', body: null, headers: { get: (name) => (name === 'Upload-Offset' ? String(end) : null) } };
  }

  private commands(body: { commands: { text: string; sha: string }[] }, server_time: string): Answer {
    const status = this.accept(body.commands);
    if (status !== 200) return { ...nothing, status, code: CODES[status] ?? '' };
    const results = body.commands.map(({ text, sha }) => {
      const command = JSON.parse(text);
      const known = this.stored.get(command.cmd_id);
      if (known) return known.sha === sha ? { ...known.result, replayed: true } : { cmd_id: command.cmd_id, outcome: 'dead_letter', code: 'ID_REUSED' };
      const answer = this.outcome(command);
      const result = { cmd_id: command.cmd_id, feed_seq: this.feed.length || null, ...answer };
      if (answer['outcome'] !== 'deferred') {
        this.effects.push(command.cmd_id);
        this.stored.set(command.cmd_id, { sha, result });
      }
      return result;
    });
    // What was just done has its event, whether the test publishes it or not.
    const done = results.filter((result) => !result.replayed).map((result) => result.feed_seq ?? 0);
    return ok({ server_time, feed_gen: this.gen, head: Math.max(this.feed.length, ...done), known_seq: 0, results });
  }

  private page(query: URLSearchParams, server_time: string): Answer {
    const after = Number(query.get('after'));
    if (query.get('gen') !== this.gen) return { ...nothing, status: 410, code: 'gen_changed' };
    if (after > this.feed.length) return { ...nothing, status: 410, code: 'gap', body: { reason: 'gap' } };
    if (after < this.pruned) return { ...nothing, status: 410, code: 'too_old' };
    const limit = Number(query.get('limit'));
    const events = this.feed.slice(after, after + limit);
    return ok({ gen: this.gen, events, head: this.feed.length, has_more: after + limit < this.feed.length, server_time });
  }

  publish(kind: string, subject: { kind: string; id: string }, body: any, extra: Partial<FeedEvent> = {}): FeedEvent {
    const event = { seq: this.feed.length + 1, kind, v: 1, subject, version: body.version ?? 1, at: new Date(this.clock.ms).toISOString(), body, ...extra };
    this.feed.push(event);
    return event;
  }
}

export const ok = (body: any): Answer => ({ status: 200, code: '', body, headers: noHeaders });

export const emptySnapshot = (gen: string, cursor: number, server_time: string, more: object = {}) => ({
  gen, cursor, known_seq: 0, server_time, user: ME, center: null, crew: null, assignments: [], cases: [], secrets: {},
  calls: [], notices: [], messages: [], reports: [], indicators: [], notes: [], lines: [], refs: {}, ...more,
});

export const assignment = (fields: object = {}): any => ({
  id: ASSIGNMENT, version: 1, case_id: CASE, status: 'offered', level: 'critical', offered_at: '2026-11-22T06:48:00Z',
  accepted_at: null, set_out_at: null, arrived_at: null, concluded_at: null, ended_at: null, help_at: null, check_in_at: null,
  members: [member(ME), member(MATE)], ladder: [], ...fields,
});

const member = ({ id, name }: { id: string; name: string }) => ({
  user_id: id, name, delivered_at: null, seen_at: null, answered_at: null, answer: null, reason: '', by_voice: false, stood_down_at: null,
});

export const commandRow = (fields: Partial<CommandRow>): CommandRow => ({
  seq: 1, cmd_id: uuid7(), type: 'accept', subject: { kind: 'assignment', id: ASSIGNMENT }, subject_key: `assignment:${ASSIGNMENT}`,
  args: {}, text: '{}', sha: '', status: 'queued', occurred_at: '2026-11-22T06:49:00.000Z', ...fields,
});

export const accept = { type: 'accept', subject: { kind: 'assignment' as const, id: ASSIGNMENT }, args: {} };
export const note = (text: string, caseId = CASE) => ({ type: 'note', subject: { kind: 'case' as const, id: caseId }, args: { id: uuid7(), text } });
