/** A photo taken now: made small, hashed, and on the phone's disk with its fact. */

import { app } from '../app.svelte';
import { sha256 } from '../lib/sha';
import type { Id } from '../lib/types';
import { uuid7 } from '../lib/uuid7';
import { shrink } from './shrink';

export async function keepPhoto(file: File, caseId: Id, caption: string): Promise<void> {
  const { bytes, mime } = await shrink(file);
  const hash = await sha256(bytes);
  const args = { id: uuid7(), sha256: hash, mime, size: bytes.byteLength, caption };
  await app.fact('photo', caseId, args, { photo: { sha256: hash, bytes, mime, case_id: caseId } });
}
