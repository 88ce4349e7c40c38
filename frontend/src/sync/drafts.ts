/** Forms on disk while they are typed: 400 ms after a change, and at once when the page is left. */

import { DRAFT_WAIT_MS } from '../lib/constants';
import type { Id } from '../lib/types';
import type { Time } from './ports';
import type { Store } from './store';

export class Drafts {
  private waiting = new Map<string, { subject: Id; form: string; values: any }>();
  private callOff: () => void = () => undefined;

  constructor(private store: Store, private time: Time) {}

  async load<T>(subject: Id, form: string): Promise<T | null> {
    return (await this.store.draft(subject, form))?.values ?? null;
  }

  keep(subject: Id, form: string, values: any): void {
    this.waiting.set(`${subject}/${form}`, { subject, form, values });
    this.callOff();
    this.callOff = this.time.after(DRAFT_WAIT_MS, () => void this.flush());
  }

  /** Drop what is not on disk yet: the form was submitted. */
  forget(subject: Id, form: string): void {
    this.waiting.delete(`${subject}/${form}`);
  }

  async flush(): Promise<void> {
    this.callOff();
    const rows = [...this.waiting.values()].map((row) => ({ ...row, updated_at: this.time.now() }));
    this.waiting.clear();
    if (!rows.length) return;
    await this.store.write(['drafts'], async (tx) => {
      for (const row of rows) await tx.objectStore('drafts').put(row);
    });
  }
}
