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

/** A ping without content: wake the page if there is one, and ask for the app to be opened. */
const PING = {
  zh: { title: '有新任务', body: '请打开 Fieldops' },
  'zh-hant': { title: '有新任務', body: '請打開 Fieldops' },
  en: { title: 'New assignment', body: 'Open Fieldops' },
};

const wake = (): Promise<void> =>
  self.clients.matchAll({ type: 'window' }).then((pages) => pages.forEach((page) => page.postMessage('wake')));

self.addEventListener('push', (event) => {
  const lang = self.navigator.language.toLowerCase();
  const words = /^zh-(hant|tw|hk|mo)/.test(lang) ? PING['zh-hant'] : lang.startsWith('zh') ? PING.zh : PING.en;
  const options = { body: words.body, tag: 'assignment', renotify: true, requireInteraction: true, icon: `${SCOPE}icon-192.png`, data: SCOPE };
  const shown = self.registration.showNotification(words.title, options);
  event.waitUntil(Promise.all([shown, wake()]));
});

/** The network is back (Background Sync): an open page sends what waits. With none open it waits on the disk. */
self.addEventListener('sync' as 'message', (event) => (event as ExtendableEvent).waitUntil(wake()));

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const open = self.clients.matchAll({ type: 'window' }).then((pages) => {
    const page = pages.find((one) => new URL(one.url).pathname.startsWith(SCOPE));
    return page ? page.focus() : self.clients.openWindow(SCOPE);
  });
  event.waitUntil(open);
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin || !url.pathname.startsWith(SCOPE)) return;
  const key = event.request.mode === 'navigate' ? `${SCOPE}index.html` : url.pathname;
  event.respondWith(caches.match(key, { cacheName: CACHE }).then((kept) => kept ?? fetch(event.request)));
});

export {};
