/** What the engine needs from outside: a transport, sockets, time. A browser gives them; so does a test. */

export interface Answer {
  /** 0 when nothing came back: no network, or no answer in time. */
  status: number;
  /** The problem's stable code, or empty. */
  code: string;
  body: any;
  headers: { get(name: string): string | null };
}

export interface Ask {
  method: 'GET' | 'POST' | 'PATCH' | 'HEAD' | 'DELETE';
  path: string;
  json?: unknown;
  bytes?: ArrayBuffer;
  headers?: Record<string, string>;
}

export type Transport = (ask: Ask) => Promise<Answer>;

export interface SocketHandlers { open(): void; message(text: string): void; close(): void }
export interface Socket { send(text: string): void; close(): void }
export type OpenSocket = (handlers: SocketHandlers) => Socket;

export interface Time {
  now(): number;
  /** A clock that nobody sets: ms since whenever; it may stand still while the phone sleeps. */
  steady(): number;
  /** Call later; returns how to call it off. */
  after(ms: number, work: () => void): () => void;
}

/** Run `work` alone among all tabs of this browser. */
export type Alone = (name: string, work: () => Promise<void>) => Promise<void>;

export const noHeaders = { get: () => null };
export const nothing: Answer = { status: 0, code: '', body: null, headers: noHeaders };
