import { mount } from 'svelte';
import './app.css';
import { app } from './app.svelte';
import Root from './Root.svelte';

/** Any sign of life: a new socket, the feed from the cursor, the queue; drafts to disk before the page goes. */
function listen(): void {
  const flush = () => void app.engine?.drafts.flush();
  document.addEventListener('visibilitychange', () => (document.visibilityState === 'visible' ? app.wake() : flush()));
  addEventListener('pagehide', flush);
  addEventListener('pageshow', (event) => event.persisted && app.wake());
  addEventListener('online', () => app.wake());
  addEventListener('pointerdown', (event) => touched(event), { capture: true });
}

/** A touch unlocks the bell; one away from the bar says that the thumb is not resting on it. */
function touched(event: PointerEvent): void {
  if (app.phase === 'in' && !app.bell.unlocked) void app.bell.unlock();
  if (!(event.target as Element).closest('.bar')) app.bar.elsewhere(performance.now());
}

async function keepShell(): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  const registration = await navigator.serviceWorker.register('/m/sw.js', { scope: '/m/' });
  const check = () => (app.updateReady = Boolean(registration.waiting && navigator.serviceWorker.controller));
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', check));
  check();
}

listen();
void app.boot();
void keepShell().catch(() => undefined);
mount(Root, { target: document.getElementById('app')! });
