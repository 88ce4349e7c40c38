/** AES-GCM with a key that cannot be taken out of the browser; the tag ties what is sealed to its row. */

import type { Id } from '../lib/types';

/** `k` names the key, where there may be more than one. */
export interface Sealed { iv: Uint8Array<ArrayBuffer>; data: ArrayBuffer; k?: Id }

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const how = (iv: Uint8Array<ArrayBuffer>, tag: string) => ({ name: 'AES-GCM', iv, additionalData: bytesOf(tag) });

export const newKey = (): Promise<CryptoKey> => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);

export async function sealBytes(key: CryptoKey, tag: string, plain: BufferSource): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, data: await crypto.subtle.encrypt(how(iv, tag), key, plain) };
}

/** Null where it does not open: another key, another row, or broken bytes. */
export const openBytes = (key: CryptoKey, tag: string, { iv, data }: Sealed): Promise<ArrayBuffer | null> =>
  crypto.subtle.decrypt(how(iv, tag), key, data).catch(() => null);

export const seal = (key: CryptoKey, tag: string, body: unknown): Promise<Sealed> => sealBytes(key, tag, bytesOf(JSON.stringify(body)));

/** The body in an object, for a body may be null. */
export async function unseal(key: CryptoKey, tag: string, sealed: Sealed): Promise<{ body: any } | null> {
  const plain = await openBytes(key, tag, sealed);
  return plain && { body: JSON.parse(new TextDecoder().decode(plain)) };
}
