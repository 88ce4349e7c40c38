/** What the engine is given, what it shows, and who looks. */

import type { Center, FeedEvent, Id, User, World } from '../lib/types';
import type { Alone, OpenSocket, Time, Transport } from './ports';
import type { Trouble } from './pump';
import type { BlobRow, CommandRow } from './store';

export interface Ports { transport: Transport; openSocket: OpenSocket; time: Time; alone: Alone | null; refreshToken(): Promise<boolean>; offline(): boolean; newlyChanged(): void;
  /** Have this page woken when the network is back, where the browser does that. */
  whenBack?(): void;
  /** Bytes used, and how many there may be; null or absent where nobody can say. */
  quota?(): Promise<{ used: number; of: number } | null>;
}

/** What the phone says of its bell. */
export interface Ring { can_ring: boolean; ring_problem: string | null; heard_at: string | null; wake_lock: boolean; persisted: boolean; visible?: boolean; readiness?: Readiness | null }

/** The test at the start of the shift, as this phone measured it. */
export interface Readiness { at: string; tone_ms: number | null; ws_ms: number | null; wake: boolean; vibrated: boolean }

export interface Shown {
  world: World;
  commands: CommandRow[];
  blobs: BlobRow[];
  cursor: number;
  user: User;
  center: Center | null;
  socket: boolean;
  /** A snapshot has been taken here once: what is not shown is not there. */
  known: boolean;
  linkAt: number;
  rtt_ms: number | null;
  offset_ms: number;
  trouble: Trouble;
  /** Taken off the list, everything handed over, everything here gone. */
  wiped: boolean;
  /** Assignments and cases the server no longer shows; they stay for what is unsent about them. */
  detached: Id[];
  release: Release | null;
  nextTryAt: number;
  /** Storage failed or is full: nothing may be called saved. */
  disk: 'ok' | 'full' | 'failed';
}

/** A supervisor lets this phone go although something is unsent: it is handed in for review first. */
export interface Release { reason: string; ingest_token: string }

export interface Listener { shown(next: Shown): void; events(events: FeedEvent[]): void }
