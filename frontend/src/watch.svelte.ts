/** The desk's alarms on a supervisor's phone: asked for every few seconds; needs a network, and says so. */

import { KEY, WATCH_MS } from './lib/constants';
import type { Id } from './lib/types';
import { uuid7 } from './lib/uuid7';
import type { Bell } from './ring/bell';
import { transport } from './sync/browser';
import { locale } from './words/index.svelte';

export interface Pick { team: Id; call_sign: string; level: string; place: string; minutes: number | null; needs_reason: boolean; gate: string[] }
export interface AlarmRow {
  id: Id; kind: string; at: string; word: string; text: string; case_id: Id | ''; number: string; hot: boolean; told: boolean;
  ring: { name: string; phone: string }[]; pick: Pick | null;
}

export class Watch {
  rows = $state.raw<AlarmRow[]>([]);
  center = $state('');
  name = $state('');
  /** When the server was last heard; 0 before the first answer. */
  heardAt = $state(0);
  /** Alarms whose bell a tap has stopped. */
  private hushed = new Set<Id>();
  private timer: ReturnType<typeof setInterval> | null = null;
  /** One offer keeps its id however often it is tried. */
  private minted = new Map<string, Id>();

  constructor(private bell: Bell, private gone: () => void) {}

  /** Tell whether this person watches the desk; then go on watching. */
  async open(): Promise<boolean> {
    await this.look();
    if (!this.heardAt) return false;
    localStorage.setItem(KEY.watch, '1');
    this.start();
    return true;
  }

  start(): void {
    this.timer ??= setInterval(() => void this.look(), WATCH_MS);
    void this.look();
  }

  leave(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    this.bell.stop();
    [this.rows, this.heardAt] = [[], 0];
    localStorage.removeItem(KEY.watch);
  }

  async look(): Promise<void> {
    const answer = await transport({ method: 'GET', path: 'desk/watch', headers: { 'Accept-Language': locale.lang } });
    if (answer.status === 200 && answer.body.watches) {
      [this.rows, this.center, this.name] = [answer.body.alarms, answer.body.center, answer.body.name];
      this.heardAt = Date.now();
      this.ring();
    } else if (this.timer && (answer.status === 401 || answer.status === 200)) this.gone();
  }

  hush(): void {
    this.rows.forEach((row) => this.hushed.add(row.id));
    this.bell.stop();
  }

  /** Take it off the desk; returns what the server says against it. */
  async acknowledge(row: AlarmRow, told = false): Promise<string> {
    return this.post(`alarms/${row.id}/acknowledge`, told ? { told_by_phone: true } : {});
  }

  /** Send the recommended crew. */
  async send(row: AlarmRow, reason: string): Promise<string> {
    const pick = row.pick!;
    const key = `${row.case_id}:${pick.team}`;
    if (!this.minted.has(key)) this.minted.set(key, uuid7());
    const why = reason.trim();
    return this.post(`cases/${row.case_id}/offer`, { id: this.minted.get(key), team: pick.team, ...(why && { reason: why }) });
  }

  private async post(path: string, json: Record<string, unknown>): Promise<string> {
    const answer = await transport({ method: 'POST', path, json, headers: { 'Accept-Language': locale.lang } });
    void this.look();
    if (answer.status >= 200 && answer.status < 300) return '';
    return answer.status === 0 ? 'offline' : (answer.body?.title ?? answer.code);
  }

  /** Ring until each alarm was looked at: a tap anywhere on the list is a look. */
  private ring(): void {
    if (this.rows.some((row) => !this.hushed.has(row.id))) this.bell.loop('offer');
    else this.bell.stop();
  }
}
