import { mount } from 'svelte';
import './app.css';
import { app } from './app.svelte';
import Root from './Root.svelte';

/** Any sign of life: a new socket, the feed from the cursor, the queue; drafts to disk before the page goes. */
function listen(): void {
  const flush = () => void app.engine?.drafts.flush();
  document.addEventListener('visibilitychange', () => {
    const visible = document.visibilityState === 'visible';
    app.gate.seen(visible, Date.now(), app.taken?.status === 'en_route');
    if (visible) app.wake();
    else flush();
  });
  addEventListener('pagehide', flush);
  addEventListener('pageshow', (event) => event.persisted && app.wake());
  addEventListener('online', () => {
    app.offlineOnly = false;
    app.wake();
  });
  addEventListener('offline', () => (app.now = Date.now()));
  navigator.serviceWorker?.addEventListener('message', (event) => void (event.data === 'wake' && app.wake()));
  addEventListener('storage', (event) => app.settingsChanged(event.key));
  addEventListener('pointerdown', (event) => touched(event), { capture: true });
  // Who writes a long note touches the keyboard, not the page.
  for (const kind of ['keydown', 'input']) addEventListener(kind, () => app.gate.touched(Date.now()), { capture: true });
}

/** A touch unlocks the bell; one away from the bar says that the thumb is not resting on it. */
function touched(event: PointerEvent): void {
  app.gate.touched(Date.now());
  if ((app.engine || app.phase === 'watch') && !app.bell.unlocked) void app.bell.unlock();
  if (!(event.target as Element).closest('.bar')) app.bar.elsewhere(performance.now());
}

listen();
void app.boot();
void app.update.watch().catch(() => undefined);
mount(Root, { target: document.getElementById('app')! });
