/** Photos: after all small commands, in parts, resumed where the server says it stands. */

import { BLOB_CHUNK } from '../lib/constants';
import type { Transport } from './ports';
import type { BlobRow, Store } from './store';

export class Files {
  private running: Promise<void> | null = null;

  constructor(private store: Store, private transport: Transport, private changed: () => void) {}

  /** Send every photo that waits; resolves when there is nothing left or the network went. */
  send(): Promise<void> {
    this.running ??= this.sendAll().finally(() => (this.running = null));
    return this.running;
  }

  private async sendAll(): Promise<void> {
    for (const blob of await this.store.allBlobs()) {
      if (blob.state === 'waiting' && blob.bytes && !(await this.sendOne(blob))) return;
    }
  }

  private async sendOne(blob: BlobRow): Promise<boolean> {
    const path = `sync/blobs/${blob.sha256}`;
    const there = await this.transport({ method: 'HEAD', path });
    // 404: its command has not arrived yet, or the server asks for the first part.
    let offset = there.status === 204 || there.status === 200 ? Number(there.headers.get('Upload-Offset') ?? 0) : 0;
    if (there.status === 0 || there.status >= 500) return false;
    while (offset < blob.size) {
      const headers = { 'Upload-Offset': String(offset), 'Upload-Length': String(blob.size), 'Content-Type': blob.mime };
      const bytes = blob.bytes!.slice(offset, offset + BLOB_CHUNK);
      const answer = await this.transport({ method: 'PATCH', path, bytes, headers });
      if (answer.status !== 204 && answer.status !== 200) return answer.status === 404;
      offset = Number(answer.headers.get('Upload-Offset') ?? offset + bytes.byteLength);
      await this.note(blob, offset);
    }
    await this.note(blob, blob.size);
    return true;
  }

  private async note(blob: BlobRow, offset: number): Promise<void> {
    const done = offset >= blob.size;
    await this.store.write(['blobs'], async (tx) => {
      const row = await tx.objectStore('blobs').get(blob.sha256);
      if (row) await tx.objectStore('blobs').put({ ...row, uploaded_offset: offset, state: done ? 'done' : 'waiting' });
    });
    this.changed();
  }
}
