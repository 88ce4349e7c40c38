/** The one list of storage keys, names and times. */

export const APP_VERSION = '1.0.0';
export const SCHEMA = 2;

export const API = '/api/v1/';
export const AUTH = '/_allauth/browser/v1/auth/';
export const SOCKET_PATH = '/ws/sync';
export const CSRF_COOKIE = 'csrftoken';

export const dbName = (userId: string) => `fieldops-${userId}`;
export const CHANNEL = 'fieldops-changed';
export const SYNC_LOCK = 'fieldops-sync';

/** localStorage: small, readable before any database is open, never personal data of a case. */
export const KEY = {
  lastUser: 'fieldops:last_user',
  users: 'fieldops:users',
  lang: 'fieldops:lang',
  theme: 'fieldops:theme',
  watch: 'fieldops:watch',
} as const;

export const S = 1000;
export const REQUEST_TIMEOUT_MS = 20 * S;
/** Until the server says otherwise (`heartbeat_s`, at registering). */
export const HEARTBEAT_MS = 15 * S;
export const POLL_MS = 10 * S;
/** How often a supervisor's phone asks for the desk's alarms. */
export const WATCH_MS = 5 * S;
export const TIDY_MS = 600 * S;
export const PING_MS = 15 * S;
export const PINGS_MISSED = 2;
export const ACK_WAIT_MS = 50;
export const BACKOFF_CAP_S = 300;
/** The longest a deferred command waits to be asked about again; after a fault of the server's own, seconds first. */
export const DEFER_RETRY_MS = 60 * S;
export const FAULT_RETRY_MS = 3 * S;
/** Whoever asks for more patience, the pump tries again after this. */
export const WAIT_MAX_MS = 3600 * S;
/** A catch-up that took longer hung: what was asked for meanwhile is done again. */
export const HUNG_MS = 2 * S;
export const CONNECT_WITHIN_MS = 20 * S;
/** A disk that does not open meanwhile has failed: the form stays, and says so. */
export const OPEN_WITHIN_MS = 10 * S;
/** Where the browser has no locks, one tab sends for all: its lease on that, and how often others ask for it. */
export const PUMP_LEASE_MS = 30 * S;
export const PUMP_ASK_MS = 0.5 * S;
export const LINK_FRESH_MS = 45 * S;
export const OFFLINE_GRACE_MS = 20 * S;
export const DRAFT_WAIT_MS = 400;
export const POSITION_EVERY_MS = 30 * S;
export const POSITION_KEEP = 200;
export const POSITION_MAX_ACC_M = 200;
export const POSITION_MAX_AGE_MS = 2 * 3600 * S;
export const FIX_FRESH_MS = 60 * S;
export const KEEP_SETTLED_MS = 7 * 24 * 3600 * S;
/** A shift and its handover: so long a settled command can be sent again word for word. */
export const KEEP_TEXT_MS = 26 * 3600 * S;
export const PURGE_AFTER_MS = 24 * 3600 * S;
/** A case nothing was heard of for so long leaves the phone, network or not. */
export const UNHEARD_TTL_MS = 48 * 3600 * S;
export const REPORT_GRACE_MS = 3600 * S;
export const CHECK_IN_ANSWER_S = 120;
/** Readable data stays this long after the shift, or after the server was last heard of. */
export const LEASE_GRACE_MS = 4 * 3600 * S;
/** The gate closes after so long without a touch, and after so long in a pocket. */
export const LOCK_IDLE_MS = 5 * 60 * S;
export const LOCK_HIDDEN_MS = 60 * S;
export const LOCK_ROAD_MS = 30 * 60 * S;
export const SHOUT_MS = 10 * S;
export const PIN_LENGTH = 4;
export const PIN_TRIES = 5;
export const UPDATE_CHECK_MS = 3600 * S;

export const BATCH_MAX = 50;
export const BATCH_BYTES = 256 * 1024;
export const BLOB_CHUNK = 256 * 1024;
export const FEED_PAGE = 200;

export const OFFSET_MAX_RTT_MS = 2 * S;
export const OFFSET_SAMPLES = 8;
export const CLOCK_JUMP_MS = 1 * S;
export const CLOCK_TRUST_S = 12 * 3600;
export const CLOCK_BANNER_MS = 60 * S;

/** The bar: hold times, and what a wet thumb may do. */
export const HOLD_MS = { accept: 1000, move: 700, standDown: 1000, helpOff: 2000, help: 1500, leave: 700 } as const;
export const LOST_CONTACT_MS = 120;
export const SLIP_PX = 24;
export const BAR_LOCK_MS = 2000;
export const ELSEWHERE_MS = 600;
export const SECOND_PRESS_MS = 5000;
