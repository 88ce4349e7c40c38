/** Web Push, an extra: lets the centre ping this browser while it sleeps. Where it is off or refused, nothing is lost. */

import type { Engine } from '../sync/engine';

/** Subscribe by the centre's key, if it has one, and say where the ping goes. */
export async function beWoken(engine: Engine): Promise<void> {
  if (!('serviceWorker' in navigator) || !('PushManager' in window)) return;
  const answer = await engine.get('sync/push');
  const key: string | null = answer.status === 200 ? answer.body.key : null;
  if (!key || (await Notification.requestPermission()) !== 'granted') return;
  const { pushManager } = await navigator.serviceWorker.ready;
  const kept = (await pushManager.getSubscription()) ?? (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) }));
  await engine.tellPush(kept.endpoint);
}

/** The key as bytes: not every browser takes it as text. */
const bytes = (text: string) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (ch) => ch.charCodeAt(0));
