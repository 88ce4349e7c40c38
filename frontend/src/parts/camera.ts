/** A photo taken now: made small, hashed, and on the phone's disk with its fact, whichever screen stands there by then. */

import { app } from '../app.svelte';
import { sha256 } from '../lib/sha';
import type { Id } from '../lib/types';
import { uuid7 } from '../lib/uuid7';
import { t } from '../words/index.svelte';
import { shrink } from './shrink';

let input: HTMLInputElement | undefined;

export const takePhoto = (caseId: Id, caption: string): void => open('photo-input', (file) => keep(file, caseId, caption));

/** The new one is on the disk, not only its words, before the old one goes. */
export const retakePhoto = (old: string, caseId: Id, caption: string): void =>
  open('photo-retake-input', async (file) => {
    if (await keep(file, caseId, caption)) await dropPhoto(old, caseId);
  });

export const dropPhoto = (sha256: string, caseId: Id) => app.fact('drop_photo', caseId, { sha256 }, { drop: sha256 });

/** The input is no screen's: while the camera is in front an offer, a call-off or the lock may take the screen away. */
function open(testid: string, take: (file: File) => Promise<unknown>): void {
  const { me } = app;
  input?.remove();
  input = Object.assign(document.createElement('input'), { type: 'file', accept: 'image/*', hidden: true });
  input.setAttribute('capture', 'environment');
  input.dataset['testid'] = testid;
  const one = input;
  one.onchange = () => taken(one.files?.[0], me, take);
  document.body.append(input);
  input.click();
}

async function taken(file: File | undefined, me: Id, take: (file: File) => Promise<unknown>): Promise<void> {
  if (!file) return;
  try {
    if (app.me !== me) throw new Error('another member is signed in');
    await take(file);
  } catch {
    app.large(t('rest.too_big'));
  }
}

/** False where the disk is full and took only the words. */
async function keep(file: File, caseId: Id, caption: string): Promise<boolean> {
  const { bytes, mime } = await shrink(file);
  const hash = await sha256(bytes);
  const args = { id: uuid7(), sha256: hash, mime, size: bytes.byteLength, caption };
  const row = await app.fact('photo', caseId, args, { photo: { sha256: hash, bytes, mime, case_id: caseId } });
  return row.type === 'photo';
}
