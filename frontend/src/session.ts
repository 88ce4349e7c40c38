/** Who is signed in: allauth's headless endpoints, and what this phone remembers of its users. */

import { AUTH, KEY } from './lib/constants';
import type { Id } from './lib/types';
import { request } from './sync/browser';

export interface KnownUser { id: Id; username: string; pending: number }
type User = { id: Id; username: string };
export type SignIn = { ok: true; user: User } | { ok: false; why: 'wrong' | 'locked' | 'no_network' | 'not_crew'; minutes?: number };

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

const userIn = (body: any): User | null => {
  const user = body?.data?.user;
  return user ? { id: String(user.id), username: user.username ?? user.display } : null;
};

/** Return who the browser's session belongs to; null when nobody, undefined when the server was not heard. */
export async function whoIsIn(): Promise<User | null | undefined> {
  const answer = await request(AUTH, { method: 'GET', path: 'session' });
  return answer.status === 401 ? null : (userIn(answer.body) ?? undefined);
}

/** What time it is at the server, where somebody is signed in there and it is heard. */
export async function timeThere(): Promise<number | null> {
  const answer = await request(AUTH, { method: 'GET', path: 'session' });
  return userIn(answer.body) && Date.parse(answer.headers.get('Date') ?? '') || null;
}

/** Sign in by password. A session that is still alive says nothing about who holds the phone now: the password is proved all the same. */
export async function signIn(username: string, password: string, again = true): Promise<SignIn> {
  const here = await whoIsIn();
  if (here === undefined) return { ok: false, why: 'no_network' };
  const same = here?.username === username;
  // Not out first where it is the same member: the session names a phone that lost its disk.
  if (here && !same) await signOut();
  const ask = same ? { path: 'reauthenticate', json: { password } } : { path: 'login', json: { username, password } };
  const answer = await request(AUTH, { method: 'POST', ...ask });
  // The session ended or began meanwhile: the other door.
  if (again && (answer.status === 401 || answer.status === 409)) return signIn(username, password, false);
  if (answer.status === 429) return { ok: false, why: 'locked', minutes: Math.ceil(Number(answer.headers.get('Retry-After') ?? 900) / 60) };
  const user = answer.status === 200 && userIn(answer.body);
  if (user) return { ok: true, user };
  return { ok: false, why: answer.status === 400 ? 'wrong' : 'no_network' };
}

/** Sign out at the server; harmless without a network. */
export async function signOut(): Promise<void> {
  await request(AUTH, { method: 'DELETE', path: 'session' });
}
