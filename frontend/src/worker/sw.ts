/** The service worker: keeps the shell so that the app opens without a network. It never touches the API. */

/// <reference lib="webworker" />
declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: { url: string; revision: string | null }[] };

const files = self.__WB_MANIFEST;
const SCOPE = '/m/';
const CACHE = `shell-${files.map((file) => file.revision ?? file.url).join('|').split('').reduce((h, c) => (h * 31 + c.charCodeAt(0)) | 0, 7)}`;

self.addEventListener('install', (event) => {
  // A file named twice would fail the whole cache.
  const urls = [...new Set(files.map((file) => SCOPE + file.url))].map((url) => new Request(url, { cache: 'reload' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(urls)));
});

/** The new version takes over only when the page says so: never under an open form or a ringing offer. */
self.addEventListener('message', (event) => {
  if (event.data === 'take-over') void self.skipWaiting();
});

self.addEventListener('activate', (event) => {
  const old = caches.keys().then((names) => names.filter((name) => name.startsWith('shell-') && name !== CACHE));
  event.waitUntil(old.then((names) => Promise.all(names.map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin || !url.pathname.startsWith(SCOPE)) return;
  const key = event.request.mode === 'navigate' ? `${SCOPE}index.html` : url.pathname;
  event.respondWith(caches.match(key, { cacheName: CACHE }).then((kept) => kept ?? fetch(event.request)));
});

export {};
