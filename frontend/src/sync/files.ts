/** Photos: after all small commands, in parts, resumed where the server says it stands. */

import { BLOB_CHUNK } from '../lib/constants';
import { sha256 } from '../lib/sha';
import { Backoff } from './backoff';
import { UNREADABLE } from './outbox';
import type { Answer, Ask, Time, Transport } from './ports';
import type { BlobRow, Store } from './store';

/** Why the server will never take a file, by its code and the reason shown; any other refusal may be a proxy's. */
const NEVER: Record<string, string> = { bad_file: 'bad_file', bad_hash: 'bad_hash', too_large: 'TOO_BIG' };

/** Where the server says it stands; null where it was not the server that answered, such as a hotel's page. */
function standOf(answer: Answer): number | null {
  const told = answer.headers.get('Upload-Offset');
  return (answer.status === 200 || answer.status === 204) && told && /^\d+$/.test(told) ? Number(told) : null;
}

export interface FilesHost {
  /** Where parts go: a phone taken off the list has another door. */
  door(): Pick<Ask, 'path' | 'headers'>;
  /** Nobody is let in at that door any more. */
  shut(): void;
  changed(sha256: string, fields: Partial<BlobRow>): void;
}

export class Files {
  private running: Promise<void> | null = null;
  private backoff = new Backoff();
  private callOff: () => void = () => undefined;
  private stopped = false;

  constructor(private store: Store, private transport: Transport, private time: Time, private host: FilesHost) {}

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
    const there = await this.ask(blob, { method: 'HEAD' });
    let offset = there.status === 404 ? 0 : standOf(there);
    if (offset === null) return false;
    while (offset < blob.size) {
      const headers = { 'Upload-Offset': String(offset), 'Upload-Length': String(blob.size), 'Content-Type': blob.mime };
      const answer = await this.ask(blob, { method: 'PATCH', bytes: plain.slice(offset, offset + BLOB_CHUNK), headers });
      const reason = NEVER[answer.code];
      if (reason && !(await this.isWorthAgain(blob, plain, answer))) return this.note(blob, { state: 'refused', reason });
      offset = standOf(answer);
      if (offset === null) return false;
      this.backoff.reset();
      await this.note(blob, { uploaded_offset: offset });
    }
    return this.note(blob, { uploaded_offset: blob.size, state: 'done' });
  }

  private async ask({ sha256 }: BlobRow, ask: Omit<Ask, 'path'>): Promise<Answer> {
    const { path, headers } = this.host.door();
    const answer = await this.transport({ ...ask, path: path + sha256, headers: { ...ask.headers, ...headers } });
    if (answer.status === 401 || answer.status === 403) this.host.shut();
    return answer;
  }

  /** The server threw its parts away for a wrong hash: theirs broke on the way, if these are whole. */
  private isWorthAgain = async (blob: BlobRow, plain: ArrayBuffer, answer: Answer): Promise<boolean> =>
    answer.code === 'bad_hash' && (await sha256(plain)) === blob.sha256;

  private async note(blob: BlobRow, fields: Partial<BlobRow>): Promise<true> {
    await this.store.write(['blobs'], async (tx) => {
      const row = await tx.objectStore('blobs').get(blob.sha256);
      if (row) await tx.objectStore('blobs').put({ ...row, ...fields });
    });
    this.host.changed(blob.sha256, fields);
    return true;
  }
}
