/** The engine's ports in a browser. */

import { API, AUTH, CSRF_COOKIE, REQUEST_TIMEOUT_MS, SOCKET_PATH } from '../lib/constants';
import { nothing, type Alone, type Answer, type Ask, type OpenSocket, type Time, type Transport } from './ports';

const cookie = (name: string): string =>
  document.cookie.split('; ').find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';

/** One request; a refusal is an answer, silence is status 0. Never throws. */
export async function request(base: string, ask: Ask): Promise<Answer> {
  const headers: Record<string, string> = { Accept: 'application/json', ...ask.headers };
  if (ask.json !== undefined) headers['Content-Type'] = 'application/json';
  if (ask.method !== 'GET' && ask.method !== 'HEAD') headers['X-CSRFToken'] = cookie(CSRF_COOKIE);
  try {
    const response = await fetch(base + ask.path, {
      method: ask.method, headers, credentials: 'same-origin', cache: 'no-store', redirect: 'error',
      body: ask.bytes ?? (ask.json === undefined ? null : JSON.stringify(ask.json)),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const isJson = response.headers.get('Content-Type')?.includes('json') ?? false;
    const body = isJson && ask.method !== 'HEAD' ? await response.json() : null;
    return { status: response.status, code: body?.code ?? '', body, headers: response.headers };
  } catch {
    return nothing;
  }
}

export const transport: Transport = (ask) => request(API, ask);

/** Fetch a fresh CSRF token; false without a network. */
export const refreshToken = async (): Promise<boolean> => (await request(AUTH, { method: 'GET', path: 'session' })).status !== 0;

/** Certain only in one direction: a phone that says it is online may still reach nobody. */
export const offline = (): boolean => !navigator.onLine;

export const openSocket: OpenSocket = (handlers) => {
  const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + SOCKET_PATH);
  socket.onopen = () => handlers.open();
  socket.onmessage = (event) => handlers.message(event.data);
  socket.onclose = () => handlers.close();
  return {
    send: (text) => void (socket.readyState === WebSocket.OPEN && socket.send(text)),
    close: () => socket.close(),
  };
};

export const time: Time = {
  now: () => Date.now(),
  steady: () => performance.now(),
  after: (ms, work) => {
    const id = setTimeout(work, ms);
    return () => clearTimeout(id);
  },
};

/** Among tabs by the browser's own locks; where there are none, the engine takes a lease on its disk. */
export const alone: Alone | null =
  navigator.locks ? async (name, work) => void (await navigator.locks.request(name, work)) : null;

/** How much of the disk is used, where the browser says. */
export const quota = async (): Promise<{ used: number; of: number } | null> => {
  const told = await navigator.storage?.estimate?.().catch(() => null);
  return told?.usage !== undefined && told.quota ? { used: told.usage, of: told.quota } : null;
};

/** Background Sync, where there is one: the worker wakes this page when the network is back. */
export const whenBack = (): void =>
  void navigator.serviceWorker?.ready.then((found: any) => found.sync?.register('wake')).catch(() => undefined);
