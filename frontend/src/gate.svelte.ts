/** The gate to reading: a PIN or the phone's own fingerprint, after idling, locking or a cold start.
 *
 * It stops whoever picks the phone up, not a laboratory: the key to the data lies beside it (docs/phone.md).
 * Behind a closed gate the phone still rings, stores and sends.
 */

import { LOCK_HIDDEN_MS, LOCK_IDLE_MS, LOCK_ROAD_MS, PIN_TRIES } from './lib/constants';
import { isPin, keepPin, type KeptPin } from './lib/pin';
import type { User } from './lib/types';
import type { Store } from './sync/store';

interface Kept { pin: KeptPin; passkey: ArrayBuffer | null; failed: number }

export class Gate {
  kept = $state.raw<Kept | null>(null);
  closed = $state(false);
  private store: Store | null = null;
  private touchedAt = Date.now();
  private hiddenAt = 0;

  /** Wrong too often: only the password opens it now. */
  isBarred = $derived((this.kept?.failed ?? 0) >= PIN_TRIES);
  triesLeft = $derived(PIN_TRIES - (this.kept?.failed ?? 0));

  /** Read what this user has set; a cold start finds the gate closed. */
  async load(store: Store, signedIn: boolean): Promise<void> {
    this.store = store;
    const kept = (await store.meta<Kept>('gate')) ?? null;
    // Somebody else's by now.
    if (this.store !== store) return;
    this.kept = kept;
    if (signedIn) await this.opened();
    else this.closed = this.kept !== null;
  }

  leave(): void {
    [this.store, this.kept, this.closed] = [null, null, false];
  }

  touched(now: number): void {
    this.touchedAt = now;
  }

  /** The screen went dark or came back; on the road the map app was in front, and coming back asks nothing. */
  seen(visible: boolean, now: number, onTheRoad: boolean): void {
    if (!visible) this.hiddenAt = now;
    else if (this.hiddenAt && now - this.hiddenAt > (onTheRoad ? LOCK_ROAD_MS : LOCK_HIDDEN_MS)) this.close();
    if (visible) this.hiddenAt = 0;
  }

  /** Close after a while without a touch; on the road the screen is read, not touched. */
  watch(now: number, onTheRoad: boolean): void {
    if (!onTheRoad && now - this.touchedAt > LOCK_IDLE_MS) this.close();
  }

  close(): void {
    if (this.kept) this.closed = true;
  }

  async setPin(pin: string): Promise<void> {
    await this.keep({ pin: await keepPin(pin), passkey: this.kept?.passkey ?? null, failed: 0 });
  }

  /** Try a PIN; what fails is counted on disk before it is said. */
  async tryPin(pin: string): Promise<boolean> {
    if (!this.kept || this.isBarred) return false;
    if (!(await isPin(pin, this.kept.pin))) {
      // Counted here as well: a disk that fails gives no more tries.
      await this.keep((this.kept = { ...this.kept, failed: this.kept.failed + 1 }));
      return false;
    }
    await this.opened();
    return true;
  }

  /** Signed in by password, or let in by PIN or fingerprint. */
  async opened(): Promise<void> {
    [this.closed, this.touchedAt] = [false, Date.now()];
    if (this.kept?.failed) await this.keep({ ...this.kept, failed: 0 });
  }

  private async keep(kept: Kept): Promise<void> {
    await this.store!.setMeta({ gate: kept });
    this.kept = kept;
  }

  // --- the phone's own fingerprint or face

  static async hasSensor(): Promise<boolean> {
    return (await globalThis.PublicKeyCredential?.isUserVerifyingPlatformAuthenticatorAvailable?.().catch(() => false)) ?? false;
  }

  /** Ask the phone for a key behind its own lock; true when it made one. Beside the PIN, never instead of it. */
  async addPasskey(user: User): Promise<boolean> {
    const publicKey: PublicKeyCredentialCreationOptions = {
      challenge: random(), rp: { name: 'Fieldops' }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }, { type: 'public-key', alg: -257 }],
      user: { id: new TextEncoder().encode(user.id), name: user.username, displayName: user.name },
      authenticatorSelection: { authenticatorAttachment: 'platform', userVerification: 'required' },
    };
    const made = (await navigator.credentials.create({ publicKey }).catch(() => null)) as PublicKeyCredential | null;
    if (!made || !this.kept) return false;
    await this.keep({ ...this.kept, passkey: made.rawId });
    return true;
  }

  async tryPasskey(): Promise<boolean> {
    if (!this.kept?.passkey) return false;
    const allowCredentials: PublicKeyCredentialDescriptor[] = [{ type: 'public-key', id: this.kept.passkey, transports: ['internal'] }];
    const shown = await navigator.credentials.get({ publicKey: { challenge: random(), allowCredentials, userVerification: 'required' } }).catch(() => null);
    if (!shown) return false;
    await this.opened();
    return true;
  }
}

const random = (): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(32));
