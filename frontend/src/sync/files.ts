/** Photos: after all small commands, in parts, resumed where the server says it stands. */

import { BLOB_CHUNK } from '../lib/constants';
import { sha256 } from '../lib/sha';
import { Backoff } from './backoff';
import { UNREADABLE } from './outbox';
import type { Answer, Time, Transport } from './ports';
import type { BlobRow, Store } from './store';

/** What a part's answer means: go on, try this file again later, or never. */
type Meaning = 'taken' | 'moved' | 'later' | 'never';
const BY_STATUS: Record<number, Meaning> = { 200: 'taken', 204: 'taken', 409: 'moved', 400: 'never', 413: 'never', 415: 'never' };
const meaningOf = (answer: Answer): Meaning => BY_STATUS[answer.status] ?? 'later';

export class Files {
  private running: Promise<void> | null = null;
  private backoff = new Backoff();
  private callOff: () => void = () => undefined;
  private stopped = false;
  /** Where parts go: a phone taken off the list has another door. */
  door: { path: string; headers?: Record<string, string> } = { path: 'sync/blobs/' };

  constructor(private store: Store, private transport: Transport, private time: Time, private changed: () => void) {}

  /** Send every photo that waits; one that could not go is tried again by itself, however often it takes. */
  send(): Promise<void> {
    this.callOff();
    this.running ??= this.sendAll().catch(() => this.later()).finally(() => (this.running = null));
    return this.running;
  }

  stop(): void {
    this.stopped = true;
    this.callOff();
  }

  private async sendAll(): Promise<void> {
    const waiting = (await this.store.allBlobs()).filter((blob) => blob.state === 'waiting' && blob.bytes);
    let left = false;
    for (const blob of waiting) left = !(await this.sendOne(blob)) || left;
    if (left) this.later();
    else this.backoff.reset();
  }

  private later(): void {
    this.callOff();
    if (!this.stopped) this.callOff = this.time.after(this.backoff.next_ms(), () => void this.send());
  }

  /** Send one file from where the server has it; false when it has to be tried again. */
  private async sendOne(blob: BlobRow): Promise<boolean> {
    const plain = await this.store.outbox.openPhoto(blob);
    if (!plain) return this.note(blob, { state: 'refused', reason: UNREADABLE });
    const path = `${this.door.path}${blob.sha256}`;
    const there = await this.transport({ method: 'HEAD', path, headers: { ...this.door.headers } });
    if (there.status !== 404 && there.status !== 204 && there.status !== 200) return false;
    let offset = Number(there.headers.get('Upload-Offset') ?? 0);
    while (offset < blob.size) {
      const headers = { 'Upload-Offset': String(offset), 'Upload-Length': String(blob.size), 'Content-Type': blob.mime, ...this.door.headers };
      const bytes = plain.slice(offset, offset + BLOB_CHUNK);
      const answer = await this.transport({ method: 'PATCH', path, bytes, headers });
      const meaning = meaningOf(answer);
      if (meaning === 'never' && !(await this.isWorthAgain(blob, plain, answer))) return this.note(blob, { state: 'refused', reason: answer.status === 413 ? 'TOO_BIG' : answer.code });
      if (meaning !== 'taken') return false;
      this.backoff.reset();
      offset = Number(answer.headers.get('Upload-Offset') ?? offset + bytes.byteLength);
      await this.note(blob, { uploaded_offset: offset });
    }
    return this.note(blob, { uploaded_offset: blob.size, state: 'done' });
  }

  /** The server threw its parts away for a wrong hash: theirs broke on the way, if these are whole. */
  private isWorthAgain = async (blob: BlobRow, plain: ArrayBuffer, answer: Answer): Promise<boolean> =>
    answer.code === 'bad_hash' && (await sha256(plain)) === blob.sha256;

  private async note(blob: BlobRow, fields: Partial<BlobRow>): Promise<true> {
    await this.store.write(['blobs'], async (tx) => {
      const row = await tx.objectStore('blobs').get(blob.sha256);
      if (row) await tx.objectStore('blobs').put({ ...row, ...fields });
    });
    this.changed();
    return true;
  }
}
