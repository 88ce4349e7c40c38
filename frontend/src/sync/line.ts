/** The live line: one socket, pinged; dead ones are replaced with jitter, and a pull covers what it missed. */

import { CONNECT_WITHIN_MS, PING_MS, PINGS_MISSED } from '../lib/constants';
import type { FeedEvent } from '../lib/types';
import { Backoff } from './backoff';
import type { OpenSocket, Socket, Time } from './ports';

export interface LineHost {
  hello(): Promise<Record<string, unknown> | null>;
  events(events: FeedEvent[]): void;
  gone(reason: string): void;
  state(open: boolean): void;
  /** A pong: the round trip in ms, and the server's time. */
  heard(t0: number, serverTime: string | null): void;
}

export class Line {
  open = false;
  private socket: Socket | null = null;
  private missed = 0;
  private pingedAt = 0;
  private wanted = false;
  private callOff: () => void = () => undefined;
  private backoff = new Backoff();

  constructor(private openSocket: OpenSocket, private time: Time, private host: LineHost) {}

  /** Always a new socket: an old one may look open and be dead. */
  connect(): void {
    this.drop();
    this.wanted = true;
    let mine: Socket | null = null;
    const isMine = () => mine !== null && this.socket === mine;
    mine = this.openSocket({
      open: () => void (isMine() && this.greet().catch(() => isMine() && this.lost())),
      message: (text) => void (isMine() && this.receive(JSON.parse(text))),
      close: () => void (isMine() && this.lost()),
    });
    this.socket = mine;
    // A network that takes a connection and says nothing fires no event either.
    this.later(CONNECT_WITHIN_MS, () => isMine() && this.lost());
  }

  stop(): void {
    this.wanted = false;
    this.drop();
  }

  send(frame: Record<string, unknown>): boolean {
    if (!this.open || !this.socket) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  private async greet(): Promise<void> {
    const mine = this.socket;
    const hello = await this.host.hello();
    if (!hello || !mine || this.socket !== mine) return;
    this.socket.send(JSON.stringify({ hello }));
    this.open = true;
    this.missed = 0;
    this.host.state(true);
    this.ping();
  }

  private receive(frame: any): void {
    this.missed = 0;
    // A socket that is refused each time is not worth a storm.
    if (!frame.gone) this.backoff.reset();
    if (frame.ev) this.host.events(frame.ev);
    if (frame.pong) this.host.heard(this.pingedAt, frame.pong);
    if (frame.gone) this.host.gone(frame.gone.reason);
  }

  private ping(): void {
    if (this.missed >= PINGS_MISSED) return this.lost();
    this.missed += 1;
    this.pingedAt = this.time.now();
    this.send({ ping: 1 });
    this.later(PING_MS, () => this.ping());
  }

  /** Give this socket up; another comes after a while. */
  lost(): void {
    this.drop();
    if (this.wanted) this.later(this.backoff.next_ms(), () => this.connect());
  }

  private later(ms: number, work: () => void): void {
    this.callOff();
    this.callOff = this.time.after(ms, work);
  }

  private drop(): void {
    this.callOff();
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    if (this.open) this.host.state(false);
    this.open = false;
  }
}
