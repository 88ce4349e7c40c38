import { beforeEach, describe, expect, it, vi } from 'vitest';
import { signIn, timeThere, whoIsIn } from '../src/session';

vi.hoisted(() => vi.stubGlobal('navigator', { locks: null, onLine: true }));

const ALPHA = { data: { user: { id: 'u1', username: 'alpha1' } } };
type Reply = [status: number, body: unknown];
const WRONG: Reply = [400, { errors: [{ param: 'password' }] }];
const NOBODY: Reply = [401, { data: { flows: [] } }];

let asked: string[];
let replies: Record<string, Reply[]>;

/** The server's answers by door, in order; the last one stays. */
function answers(next: Record<string, Reply[]>): void {
  [asked, replies] = [[], next];
}

beforeEach(() => {
  vi.stubGlobal('document', { cookie: '' });
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const door = `${init.method} ${path.split('/').at(-1)}`;
    asked.push(door);
    const list = replies[door];
    if (!list) throw new TypeError('no network');
    const [status, body] = list.length > 1 ? list.shift()! : list[0]!;
    const headers = { 'Content-Type': typeof body === 'string' ? 'text/html' : 'application/json', Date: 'Sun, 22 Nov 2026 06:49:00 GMT' };
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });
  });
});

describe('signing in where the session is alive', () => {
  it('looks at the password, and does not sign out first', async () => {
    answers({ 'GET session': [[200, ALPHA]], 'POST reauthenticate': [WRONG] });

    expect(await signIn('alpha1', 'anything at all')).toEqual({ ok: false, why: 'wrong' });
    expect(asked).toEqual(['GET session', 'POST reauthenticate']);
  });

  it('opens with the right one', async () => {
    answers({ 'GET session': [[200, ALPHA]], 'POST reauthenticate': [[200, ALPHA]] });

    expect(await signIn('alpha1', 'fieldops-demo')).toEqual({ ok: true, user: { id: 'u1', username: 'alpha1' } });
  });

  it('says so when there were too many wrong ones', async () => {
    answers({ 'GET session': [[200, ALPHA]], 'POST reauthenticate': [[429, { code: 'locked_out' }]] });

    expect(await signIn('alpha1', 'x')).toEqual({ ok: false, why: 'locked', minutes: 15 });
  });

  it('opens nothing without a network, at whichever step it goes', async () => {
    answers({});
    expect(await signIn('alpha1', 'fieldops-demo')).toEqual({ ok: false, why: 'no_network' });
    answers({ 'GET session': [[200, ALPHA]] });
    expect(await signIn('alpha1', 'fieldops-demo')).toEqual({ ok: false, why: 'no_network' });
  });

  it('asks at the other door when the session ended meanwhile, or began in another tab', async () => {
    answers({ 'GET session': [[200, ALPHA], NOBODY], 'POST reauthenticate': [NOBODY], 'POST login': [[200, ALPHA]] });
    expect((await signIn('alpha1', 'fieldops-demo')).ok).toBe(true);
    answers({ 'GET session': [NOBODY, [200, ALPHA]], 'POST login': [[409, {}]], 'POST reauthenticate': [WRONG] });
    expect(await signIn('alpha1', 'guess')).toEqual({ ok: false, why: 'wrong' });
  });

  it('signs out whoever else is in', async () => {
    answers({ 'GET session': [[200, ALPHA]], 'DELETE session': [NOBODY], 'POST login': [WRONG] });

    await signIn('bravo1', 'x');

    expect(asked).toEqual(['GET session', 'DELETE session', 'POST login']);
  });
});

describe('an answer that is not ours', () => {
  it('is no network, neither somebody nor a wrong password', async () => {
    answers({ 'GET session': [[200, '<h1>Hotel</h1>']] });
    expect([await whoIsIn(), await timeThere()]).toEqual([undefined, null]);
    expect(await signIn('alpha1', 'x')).toEqual({ ok: false, why: 'no_network' });
    for (const status of [200, 502]) {
      answers({ 'GET session': [NOBODY], 'POST login': [[status, '<h1>Hotel</h1>']] });
      expect(await signIn('alpha1', 'x')).toEqual({ ok: false, why: 'no_network' });
    }
  });
});

it('the time at the server is told to whoever is signed in there', async () => {
  answers({ 'GET session': [[200, ALPHA]] });
  expect(await timeThere()).toBe(Date.parse('2026-11-22T06:49:00Z'));
  answers({ 'GET session': [NOBODY] });
  expect(await timeThere()).toBeNull();
});
