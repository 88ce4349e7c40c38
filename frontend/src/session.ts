/** Who is signed in: allauth's headless endpoints, and what this phone remembers of its users. */

import { AUTH, KEY } from './lib/constants';
import type { Id } from './lib/types';
import { request } from './sync/browser';

export interface KnownUser { id: Id; username: string; pending: number }
export type SignIn = { ok: true; user: { id: Id; username: string } } | { ok: false; why: 'wrong' | 'locked' | 'no_network' | 'not_crew'; minutes?: number };

const read = <T>(key: string, otherwise: T): T => {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') ?? otherwise;
  } catch {
    return otherwise;
  }
};

export const lastUser = (): { id: Id; username: string; out: boolean } | null => read(KEY.lastUser, null);
export const knownUsers = (): KnownUser[] => Object.values(read<Record<Id, KnownUser>>(KEY.users, {}));

export function remember(user: { id: Id; username: string }, out = false): void {
  localStorage.setItem(KEY.lastUser, JSON.stringify({ id: user.id, username: user.username, out }));
}

/** Note how much of a user's work waits here, so that the next user sees whose it is. */
export function notePending(user: { id: Id; username: string }, pending: number): void {
  const all = read<Record<Id, KnownUser>>(KEY.users, {});
  if (all[user.id]?.pending === pending) return;
  all[user.id] = { id: user.id, username: user.username, pending };
  localStorage.setItem(KEY.users, JSON.stringify(all));
}

/** Return who the browser's session belongs to; null when nobody, undefined when there is no network. */
export async function whoIsIn(): Promise<{ id: Id; username: string } | null | undefined> {
  const answer = await request(AUTH, { method: 'GET', path: 'session' });
  if (answer.status === 0) return undefined;
  return answer.status === 200 ? userIn(answer.body) : null;
}

export async function signIn(username: string, password: string): Promise<SignIn> {
  const here = await whoIsIn();
  if (here === undefined) return { ok: false, why: 'no_network' };
  if (here && here.username === username) return { ok: true, user: here };
  if (here) await signOut();
  const answer = await request(AUTH, { method: 'POST', path: 'login', json: { username, password } });
  if (answer.status === 0) return { ok: false, why: 'no_network' };
  if (answer.status === 429) return { ok: false, why: 'locked', minutes: Math.ceil(Number(answer.headers.get('Retry-After') ?? 900) / 60) };
  if (answer.status === 409) {
    const user = await whoIsIn();
    return user ? { ok: true, user } : { ok: false, why: 'wrong' };
  }
  if (answer.status !== 200) return { ok: false, why: 'wrong' };
  return { ok: true, user: userIn(answer.body) };
}

/** Sign out at the server; harmless without a network. */
export async function signOut(): Promise<void> {
  await request(AUTH, { method: 'DELETE', path: 'session' });
}

const userIn = (body: any): { id: Id; username: string } => {
  const user = body.data.user;
  return { id: String(user.id), username: user.username ?? user.display };
};
