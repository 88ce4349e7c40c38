/** A PIN as this phone keeps it: salted and stretched, never itself. */

const ROUNDS = 150_000;
const hex = (bytes: ArrayBuffer): string => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export interface KeptPin { salt: string; hash: string }

export async function keepPin(pin: string): Promise<KeptPin> {
  const salt = hex(crypto.getRandomValues(new Uint8Array(16)).buffer);
  return { salt, hash: await stretch(pin, salt) };
}

export const isPin = async (pin: string, kept: KeptPin): Promise<boolean> => (await stretch(pin, kept.salt)) === kept.hash;

async function stretch(pin: string, salt: string): Promise<string> {
  const words = new TextEncoder();
  const key = await crypto.subtle.importKey('raw', words.encode(pin), 'PBKDF2', false, ['deriveBits']);
  return hex(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: words.encode(salt), iterations: ROUNDS }, key, 256));
}
