/** Forms on disk while they are typed: 400 ms after a change, and at once when the page is left. */

import { DRAFT_WAIT_MS } from '../lib/constants';
import type { Id } from '../lib/types';
import type { Time } from './ports';
import type { Store } from './store';

export class Drafts {
  private waiting = new Map<string, { subject: Id; form: string; values: any }>();
  private held = new Set<string>();
  private callOff: () => void = () => undefined;

  constructor(private store: Store, private time: Time) {}

  async load<T>(subject: Id, form: string): Promise<T | null> {
    return (await this.store.draft(subject, form))?.values ?? null;
  }

  keep(subject: Id, form: string, values: any): void {
    this.waiting.set(keyOf({ subject, form }), { subject, form, values });
    this.flushSoon();
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
    const typed = [...this.waiting].filter(([key]) => !this.held.has(key));
    if (!typed.length) return;
    const updated_at = this.time.now();
    await this.store.write(['drafts'], async (tx) => {
      for (const [, row] of typed) await tx.objectStore('drafts').put({ ...row, updated_at });
    });
    for (const [key, row] of typed) if (this.waiting.get(key) === row) this.waiting.delete(key);
  }
}

const keyOf = ({ subject, form }: { subject: Id; form: string }): string => `${subject}/${form}`;
