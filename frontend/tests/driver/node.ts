/** Real engines under Node, told what to do by lines of JSON on standard input: `{n, do, phone, …}` → `{n, ok}`. */

import 'fake-indexeddb/auto';
import { createInterface } from 'node:readline';
import { nothing, type Answer, type Ask, type OpenSocket } from '../../src/sync/ports';
import { DrivenPhone, obey, type Asked, type Outside } from './phone';

const speed = Number(process.argv[2] ?? 1);
const timeout_ms = Number(process.argv[3] ?? 20_000);
const phones = new Map<string, DrivenPhone>();
const sessions = new Map<string, string>();
const TOKEN = 'fieldopsfieldopsfieldopsfieldops';

const cookies = (phone: string): string => `sessionid=${sessions.get(phone) ?? ''}; csrftoken=${TOKEN}`;

async function request(url: string, phone: string, ask: Ask): Promise<Answer> {
  const headers: Record<string, string> = { Accept: 'application/json', Cookie: cookies(phone), 'X-CSRFToken': TOKEN, ...ask.headers };
  if (ask.json !== undefined) headers['Content-Type'] = 'application/json';
  const body = ask.bytes ?? (ask.json === undefined ? null : JSON.stringify(ask.json));
  try {
    const answer = await fetch(`${url}/api/v1/${ask.path}`, { method: ask.method, headers, body, signal: AbortSignal.timeout(timeout_ms) });
    const isJson = answer.headers.get('Content-Type')?.includes('json') ?? false;
    const told: any = isJson && ask.method !== 'HEAD' ? await answer.json() : (await answer.arrayBuffer(), null);
    return { status: answer.status, code: told?.code ?? '', body: told, headers: answer.headers };
  } catch {
    return nothing;
  }
}

const openSocket = (url: string, phone: string): OpenSocket => (handlers) => {
  const headers = { Cookie: cookies(phone), Origin: url };
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/sync`, { headers } as any);
  socket.onopen = () => handlers.open();
  socket.onmessage = (event) => handlers.message(String(event.data));
  socket.onclose = () => handlers.close();
  socket.onerror = () => handlers.close();
  return { send: (text) => void (socket.readyState === WebSocket.OPEN && socket.send(text)), close: () => socket.close() };
};

function make({ phone, url, session, user }: Asked): DrivenPhone {
  sessions.set(phone, session);
  const outside: Outside = {
    transport: (ask) => request(url, phone, ask),
    openSocket: openSocket(url, phone),
    // One engine a phone; two tabs and their locks are the browser's part.
    alone: (_name, work) => work(),
    refreshToken: async () => true,
  };
  return new DrivenPhone(phone, user, outside, speed);
}

async function take(line: string): Promise<void> {
  const { n, ...asked } = JSON.parse(line);
  try {
    if (asked.do === 'session') sessions.set(asked.phone, asked.session);
    const ok = asked.do === 'session' ? null : await obey(phones, make, asked);
    say({ n, ok: ok ?? null });
  } catch (error) {
    say({ n, error: String((error as Error).stack ?? error) });
  }
}

const say = (told: object): void => void process.stdout.write(`${JSON.stringify(told)}\n`);
process.on('unhandledRejection', (error) => process.stderr.write(`unhandled: ${String((error as Error)?.stack ?? error)}\n`));
createInterface({ input: process.stdin }).on('line', (line) => void take(line)).on('close', () => process.exit(0));
