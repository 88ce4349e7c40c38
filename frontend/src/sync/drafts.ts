/** Forms on disk while they are typed: 400 ms after a change, and at once when the page is left. */

import { DRAFT_WAIT_MS } from '../lib/constants';
import type { Id } from '../lib/types';
import type { Time } from './ports';
import type { DraftRow, Store } from './store';

export class Drafts {
  private waiting = new Map<string, Typed>();
  private held = new Set<string>();
  private callOff: () => void = () => undefined;

  constructor(private store: Store, private time: Time) {}

  async load<T>(subject: Id, form: string): Promise<T | null> {
    return (await this.store.draft(subject, form))?.values ?? null;
  }

  keep(subject: Id, form: string, values: any): void {
    const typed: Typed = { row: { subject, form, values, updated_at: this.time.now() }, sealed: null };
    this.waiting.set(keyOf({ subject, form }), typed);
    // Sealed while it is typed: a page that is being left has time for one write, and none to wait for the cipher.
    void this.seal(typed);
    this.flushSoon();
  }

  private async seal(typed: Typed): Promise<void> {
    typed.sealed = await this.store.outbox.draft(typed.row);
  }

  /** Submit a form: either its command is on disk and its draft gone, or the draft stays as it was typed. */
  async handOver<T>(draft: { subject: Id; form: string }, submit: () => Promise<T>): Promise<T> {
    const key = keyOf(draft);
    this.held.add(key);
    try {
      const done = await submit();
      this.waiting.delete(key);
      return done;
    } finally {
      this.held.delete(key);
      if (this.waiting.has(key)) this.flushSoon();
    }
  }

  private flushSoon(): void {
    this.callOff();
    this.callOff = this.time.after(DRAFT_WAIT_MS, () => void this.flush().catch(() => undefined));
  }

  /** Write what was typed; what the disk refused is kept to be written with the next change. */
  async flush(): Promise<void> {
    this.callOff();
    const raw = [...this.waiting.values()].filter((one) => !one.sealed);
    if (raw.length) await Promise.all(raw.map((one) => this.seal(one)));
    const typed = [...this.waiting].filter(([key, one]) => one.sealed && !this.held.has(key));
    if (!typed.length) return;
    if (!(await this.put(typed.map(([, one]) => one.sealed!)))) return this.sealAnew();
    for (const [key, one] of typed) if (this.waiting.get(key) === one) this.waiting.delete(key);
  }

  private put(rows: DraftRow[]): Promise<boolean> {
    return this.store.write(['meta', 'drafts'], async (tx) => {
      if (!(await this.store.outbox.holds(tx, rows))) return false;
      for (const row of rows) await tx.objectStore('drafts').put(row);
      return true;
    });
  }

  /** Another tab began another key. */
  private async sealAnew(): Promise<void> {
    await this.store.outbox.load();
    for (const one of this.waiting.values()) one.sealed = null;
    return this.flush();
  }
}

interface Typed { row: DraftRow; sealed: DraftRow | null }

const keyOf = ({ subject, form }: { subject: Id; form: string }): string => `${subject}/${form}`;
