/** What the screens look at: the engine's picture, the bell, the clock, and where the member is in the app. */

import { Gate } from './gate.svelte';
import { CHANNEL, dbName, KEY, OFFLINE_GRACE_MS, SHOUT_MS } from './lib/constants';
import { BarLock } from './lib/hold';
import { messagesOf, offerFor, rings, shiftOf, standDownFor, takenBy, whereOf } from './lib/select';
import { km, ms } from './lib/text';
import type { Assignment, Card, CrewMember, FeedEvent, Id, Message, ScamType, Shift } from './lib/types';
import { Awake } from './ring/awake';
import { Bell, measured } from './ring/bell';
import { beWoken } from './ring/push';
import { Places } from './ring/places';
import { hush, speak } from './ring/speech';
import { lastUser, notePending, remember, signOut, timeThere, whoIsIn } from './session';
import * as browser from './sync/browser';
import { Engine, type Readiness, type Shown } from './sync/engine';
import type { Order } from './sync/envelope';
import { isRefused } from './sync/overlay';
import type { Extra } from './sync/queue';
import { endLease, isLeaseOver, leaseEnd } from './sync/lease';
import { lock } from './sync/purge';
import { Store, type CommandRow } from './sync/store';
import { Update } from './update.svelte';
import { Watch } from './watch.svelte';
import { chooseLang, locale, of, t, useLang } from './words/index.svelte';

export type Tab = 'action' | 'case' | 'script' | 'cards' | 'standby' | 'today' | 'device';
export type Full = 'prove' | 'show' | 'result' | 'rest' | 'unsent' | 'help' | 'noring' | 'map' | 'duty' | 'pin' | 'handover' | null;
export type Theme = 'auto' | 'light' | 'dark' | 'sun';

type Page = 'types' | 'cards';
const PLAYBOOK: Record<Page, [path: string, name: string]> = { types: ['scam-types', 'scam_types'], cards: ['cards', 'cards'] };
const PLAYBOOK_AGAIN_MS = 30_000;

class App {
  phase = $state<'boot' | 'insecure' | 'broken' | 'signin' | 'in' | 'watch'>('boot');
  shown = $state.raw<Shown | null>(null);
  now = $state(Date.now());
  tab = $state<Tab>('standby');
  full = $state<Full>(null);
  /** Which assignment the open form is about. */
  about = $state<Id | null>(null);
  /** What "show him" begins with. */
  sentence = $state(0);
  asIs = $state(false);
  offlineOnly = $state(false);
  theme = $state<Theme>('auto');
  cards = $state.raw<Card[]>([]);
  types = $state.raw<ScamType[]>([]);
  bellTick = $state(0);
  battery = $state<number | null>(null);
  heard = $state<{ shift: Id; at: string } | null>(null);
  persisted = $state(false);
  /** How the last test of the bell went, in this phone's own times. */
  readiness = $state.raw<Readiness | null>(null);
  fixTick = $state(0);
  /** What could not be spoken, large on the screen for a while. */
  shout = $state('');

  readonly bar = new BarLock();
  readonly gate = new Gate();
  readonly update = new Update();
  readonly bell = new Bell(() => this.bellTick++);
  readonly awake = new Awake(() => this.bellTick++);
  readonly places = new Places((fixes) => this.engine?.sendPositions(fixes) ?? Promise.resolve(false), () => this.fixTick++);
  readonly watch = new Watch(this.bell, () => void this.signOut());
  engine: Engine | null = null;
  private channel: BroadcastChannel | null = null;
  private offlineSince = 0;

  me = $derived(this.shown?.user.id ?? '');
  world = $derived(this.shown?.world ?? null);
  serverNow = $derived(this.now + (this.shown?.offset_ms ?? 0));
  shift = $derived(this.world && shiftOf(this.world, this.me, this.serverNow));
  myDuty = $derived(this.shift?.members.find((one) => one.user_id === this.me)?.duty ?? 'off');
  mates: CrewMember[] = $derived(this.shift?.members.filter((one) => one.user_id !== this.me) ?? []);
  halt = $derived(this.world && standDownFor(this.world, this.me));
  offer = $derived(this.world && offerFor(this.world, this.me, this.shown!.commands));
  taken = $derived(this.world && takenBy(this.world, this.me));
  pending: CommandRow[] = $derived(this.shown?.commands.filter((row) => row.status !== 'settled' || this.photoWaits(row)) ?? []);
  refused: CommandRow[] = $derived(this.shown?.commands.filter((row) => isRefused(row) && !row.read && row.status === 'settled') ?? []);
  online = $derived.by(() => {
    // A phone that says it is offline is; one that says it is online may still reach nobody.
    const fresh = this.shown !== null && this.now - this.shown.linkAt < 45_000 && !browser.offline();
    return fresh && (this.shown!.socket || this.now - this.shown!.linkAt < OFFLINE_GRACE_MS);
  });
  unreadMessages = $derived.by(() => {
    const row = this.taken;
    if (!row || !this.world || (this.tab === 'action' && !this.full)) return 0;
    const unread = (one: Message) => one.from === 'desk' && !one.receipts.find((to) => to.user_id === this.me)?.seen_at;
    return messagesOf(this.world, row.id).filter(unread).length;
  });
  problems = $derived.by(() => this.ringProblems());
  /** Only the network is missing, and only for a moment: no alarm yet. */
  bellPending = $derived(this.problems.every((one) => one === 'offline') && this.now - (this.shown?.linkAt ?? 0) < 45_000 + OFFLINE_GRACE_MS);
  canRing = $derived(this.problems.length === 0);

  async boot(): Promise<void> {
    this.theme = (localStorage.getItem(KEY.theme) as Theme | null) ?? 'auto';
    await useLang(chooseLang(localStorage.getItem(KEY.lang), navigator.languages));
    this.every(1000, () => (this.now = Date.now()));
    if (!isSecureContext || !('indexedDB' in window) || !crypto.subtle) {
      this.phase = 'insecure';
      return;
    }
    const last = lastUser();
    if (localStorage.getItem(KEY.watch)) this.watchDesk();
    else if (last && !last.out) await this.enter(last, false);
    else this.phase = 'signin';
    void this.watchBattery();
  }

  /** A supervisor's phone shows the desk's alarms; there is no crew's work and no database on it. */
  watchDesk(): void {
    this.leave();
    this.phase = 'watch';
    this.watch.start();
    void this.awake.want();
  }

  /** The password was right: on where this member was, or in anew. */
  async signedIn(user: { id: Id; username: string }): Promise<void> {
    void this.bell.unlock();
    this.offlineOnly = false;
    if (this.engine && this.me === user.id) {
      this.phase = 'in';
      await this.gate.opened().catch(() => undefined);
      this.engine.signedIn();
    } else if (await this.watch.open()) this.watchDesk();
    else await this.enter(user);
  }

  /** Open this user's own database and go live; after a cold start behind the gate, where there is one. */
  async enter(user: { id: Id; username: string }, signedIn = true): Promise<void> {
    this.leave();
    remember(user);
    const store = new Store(dbName(user.id));
    const known = { id: user.id, username: user.username, name: user.username, role: '' };
    const engine: Engine = new Engine(store, known, {
      ...browser,
      newlyChanged: () => this.channel?.postMessage('changed'),
    }, { shown: (next) => this.engine === engine && this.show(next), events: (events) => this.engine === engine && this.happened(events) });
    this.engine = engine;
    await this.begin(engine, user, signedIn).catch(() => {
      if (this.engine !== engine) return;
      // The disk did not open: said, or the page would stay white.
      this.leave();
      this.phase = 'broken';
    });
    // Left meanwhile, or entered once more: this one must not go on beside the other.
    if (this.engine !== engine) engine.stop();
  }

  private async begin(engine: Engine, user: { id: Id; username: string }, signedIn: boolean): Promise<void> {
    const { store } = engine;
    let over = false;
    await engine.open(async () => void (over = !signedIn && (await this.isOver(store)) && (await endLease(store))));
    if (this.engine !== engine) return;
    if (over) return this.sendAway(user);
    await this.gate.load(store, signedIn);
    const meta = await store.allMeta();
    if (this.engine !== engine) return;
    if (meta['user']) engine.user = meta['user'];
    this.readiness = meta['readiness'] ?? null;
    [this.heard, this.cards, this.types] = [meta['heard'] ?? null, meta['cards'] ?? [], meta['types'] ?? []];
    this.channel = new BroadcastChannel(`${CHANNEL}:${user.id}`);
    this.channel.onmessage = () => void engine.reload();
    this.phase = 'in';
    engine.start();
    void this.fetchPlaybook(engine);
  }

  /** Forget everything of who was here: the next one begins with nothing of it. */
  leave(): void {
    this.engine?.stop();
    this.channel?.close();
    this.bell.stop();
    this.gate.leave();
    this.places.forget();
    void this.awake.drop();
    [this.leaseUntil, this.leaseAskedAt] = [0, -Infinity];
    [this.asIs, this.offlineOnly, this.dutyTest, this.shout] = [false, false, false, ''];
    [this.heard, this.readiness, this.cards, this.types] = [null, null, [], []];
    [this.engine, this.channel, this.shown, this.full, this.about, this.tab] = [null, null, null, null, null, 'standby'];
  }

  /** Nobody may read on here without signing in. */
  private sendAway(user: { id: Id; username: string }): void {
    this.leave();
    remember(user, true);
    this.phase = 'signin';
  }

  /** A supervisor let this phone go: hand in what is unsent for review, wipe, and sign out. */
  async handIn(): Promise<boolean> {
    const user = this.shown?.user;
    if (!user || !(await this.engine?.handIn())) return false;
    await signOut();
    this.sendAway(user);
    return true;
  }

  /** Sign out; what is unsent stays on the phone, for this user's next sign-in. */
  async signOut(): Promise<void> {
    const user = this.shown?.user;
    this.watch.leave();
    await signOut();
    if (this.engine) await lock(this.engine.store, this.pending.length === 0);
    if (user) this.sendAway(user);
    else this.phase = 'signin';
  }

  wake(): void {
    this.now = Date.now();
    if (this.phase === 'watch') void this.watch.look();
    void this.engine?.wake();
  }

  async submit(order: Omit<Order, 'cmd_id'>, extra: Extra = {}): Promise<CommandRow> {
    if (this.engine) this.engine.fix = this.places.fresh(Date.now());
    const row = await this.engine!.submit(order, extra);
    this.bell.buzz(40);
    return row;
  }

  command(type: string, row: Assignment, args: Record<string, unknown> = {}, extra: Extra = {}): Promise<CommandRow> {
    return this.submit({ type, subject: { kind: 'assignment', id: row.id }, args }, extra);
  }

  fact(type: string, caseId: Id, args: Record<string, unknown>, extra: Extra = {}): Promise<CommandRow> {
    return this.submit({ type, subject: { kind: 'case', id: caseId }, args }, extra);
  }

  /** `tone_ms` is null where the bell had rung out: then nothing was measured. */
  async goOnDuty(shift: Shift, tone_ms: number | null): Promise<void> {
    this.bell.stop();
    const at = new Date(this.serverNow).toISOString();
    this.heard = { shift: shift.id, at };
    this.readiness = { at, tone_ms, ws_ms: measured(this.shown?.rtt_ms ?? null), wake: this.awake.held, vibrated: this.bell.vibrated };
    await this.engine!.store.setMeta({ heard: { ...this.heard }, readiness: { ...this.readiness } });
    void beWoken(this.engine!).catch(() => undefined);
    this.asIs = false;
    this.full = null;
    this.tab = 'standby';
    await this.submit({ type: 'duty', subject: { kind: 'shift', id: shift.id }, args: { state: 'standby', heard: true } });
  }

  /** Silent: desk and partner know at once. */
  async callHelp(): Promise<void> {
    if (!this.taken) return;
    this.go('help');
    if (this.taken.help_at) return;
    this.bell.once('help');
    await this.command('help', this.taken, { on: true });
  }

  go(full: Full, about: Id | null = this.about): void {
    [this.full, this.about] = [full, about];
  }

  /** Another tab chose a language or a look. */
  settingsChanged(key: string | null): void {
    const lang = localStorage.getItem(KEY.lang);
    if (key === KEY.lang) void useLang(chooseLang(lang, navigator.languages));
    if (key === KEY.theme) this.theme = (localStorage.getItem(KEY.theme) as Theme | null) ?? 'auto';
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem(KEY.theme, theme);
  }

  typeName(code: string | null | undefined, short = true): string {
    const found = this.types.find((one) => one.code === code);
    return found ? ((short ? found.short : found.name)[locale.lang] ?? found.name[locale.lang] ?? found.code) : (code ?? '');
  }

  /** "刷单返利 · 做任务返佣": the family, then the variant. */
  typePath(code: string | null | undefined): string {
    const found = this.types.find((one) => one.code === code);
    if (!found?.parent) return this.typeName(code);
    return [...new Set([this.typeName(found.parent), this.typeName(code)])].join(' · ');
  }

  private photoWaits(row: CommandRow): boolean {
    if (row.type !== 'photo' || row.outcome === 'dead_letter') return false;
    return this.shown!.blobs.some((blob) => blob.sha256 === row.args['sha256'] && blob.state === 'waiting');
  }

  private show(next: Shown): void {
    this.shown = next;
    notePending(next.user, next.commands.filter((row) => row.status !== 'settled').length);
    this.renewLease(next);
  }

  private leaseUntil = 0;

  /** Every word of the server renews the lease; written down at most once a minute, and shorter too once a clock is set right. */
  private renewLease(next: Shown): void {
    if (!next.linkAt || next.trouble) return;
    const until = leaseEnd(shiftOf(next.world, next.user.id, next.linkAt)?.ends_at ?? null, next.linkAt);
    if (Math.abs(until - this.leaseUntil) < 60_000) return;
    this.leaseUntil = until;
    void this.engine?.store.setMeta({ lease_until: until }).catch(() => undefined);
  }

  private leaseAskedAt = -Infinity;

  /** The lease ran out while the app stood open: readable data goes, unless something is unsent.
   *
   * It may be the clock that is wrong: the server is asked first, and where it still knows this member its words renew the lease.
   */
  private async watchLease(): Promise<void> {
    const [engine, user, steady] = [this.engine, this.shown?.user, performance.now()];
    const isOver = () => this.engine === engine && this.leaseUntil > 0 && Date.now() >= this.leaseUntil;
    if (!engine || !user || !isOver() || steady - this.leaseAskedAt < OFFLINE_GRACE_MS) return;
    this.leaseAskedAt = steady;
    if (await whoIsIn()) return engine.wake();
    if (isOver() && (await endLease(engine.store).catch(() => false)) && this.engine === engine) this.sendAway(user);
  }

  /** At a start: by this phone's clock, or by the server's where somebody is signed in there and it is heard. */
  private async isOver(store: Store): Promise<boolean> {
    if (!(await isLeaseOver(store, Date.now()))) return false;
    const there = await timeThere();
    return there === null || isLeaseOver(store, there - ((await store.meta<number>('offset_ms')) ?? 0));
  }

  /** Which of the four things a ringing phone needs are missing. */
  private ringProblems(): ('no_sound' | 'silent' | 'locked' | 'offline')[] {
    void this.bellTick;
    const missing = {
      no_sound: !this.bell.unlocked,
      silent: !this.heard || this.heard.shift !== this.shift?.id,
      locked: !this.awake.held,
      offline: !this.online || this.shown?.trouble === 'signed_out' || this.shown?.trouble === 'revoked',
    };
    return (Object.keys(missing) as (keyof typeof missing)[]).filter((name) => missing[name]);
  }

  /** Once a second: ring what has to ring, keep the desk's knowledge of the bell true. */
  attend(): void {
    // At the sign-in, over a live engine, all goes on as behind the lock.
    if ((this.phase !== 'in' && this.phase !== 'signin') || !this.shown) return;
    if (this.canRing) this.asIs = false;
    const onScene = this.taken?.status === 'arrived';
    if (this.shown.trouble === 'revoked') this.bell.stop();
    else if (this.halt) this.bell.loop('halt', onScene);
    else if (this.offer && rings(this.offer) && !onScene) this.bell.loop(this.offer.level === 'critical' && this.offer.status === 'offered' ? 'offer_critical' : 'offer');
    else if (this.full !== 'duty' && (this.bell.looping === 'halt' || !this.dutyTest)) this.bell.stop();
    this.places.set(this.taken?.status === 'en_route' || Boolean(this.taken?.help_at));
    if (this.phase === 'in' && this.update.ready && this.isIdle()) this.update.take();
    this.gate.watch(Date.now(), this.taken?.status === 'en_route');
    void this.watchLease();
    if (this.myDuty !== 'off' && !this.awake.held) void this.awake.want();
    this.engine?.ringChanged({
      can_ring: this.canRing, ring_problem: this.problems[0] ?? null, heard_at: this.heard?.at ?? null,
      wake_lock: this.awake.held, persisted: this.persisted, visible: document.visibilityState === 'visible', readiness: this.readiness,
    });
    this.warnOffline();
  }

  dutyTest = false;

  /** Nothing here would be lost or silenced by opening the page anew: off duty as far as is known, no form, nothing unconfirmed. */
  private isIdle(): boolean {
    return this.shown!.known && this.myDuty === 'off' && !this.dutyTest && !this.full && !this.pending.length && !this.offer && !this.taken && !this.halt;
  }

  /** Aloud, or large where there is no voice. */
  say(text: string): void {
    speak(text, locale.lang, () => this.large(text));
  }

  /** Large on whatever screen stands there, for a while. */
  large(text: string): void {
    this.shout = text;
    setTimeout(() => this.shout === text && (this.shout = ''), SHOUT_MS);
  }

  /** Lost the network for a while on standby: a tone, once. */
  private warnOffline(): void {
    if (this.online || this.myDuty === 'off') this.offlineSince = 0;
    else if (!this.offlineSince) this.offlineSince = this.now;
    else if (this.now - this.offlineSince > OFFLINE_GRACE_MS && this.now - this.offlineSince < OFFLINE_GRACE_MS + 1500) this.bell.once('cannot');
  }

  /** Something came from the server: say it, where the table says so. */
  private happened(events: FeedEvent[]): void {
    this.now = Date.now();
    for (const event of events) {
      const tell = TELL[event.kind];
      if (tell && ms(event.at) > this.serverNow - 120_000) tell(this, event);
    }
    this.attend();
  }

  /** Fetch scam types and cards; what did not come is asked for again, whatever refused it. */
  private async fetchPlaybook(engine: Engine, wanted: Page[] = ['types', 'cards']): Promise<void> {
    const missing: Page[] = [];
    for (const page of wanted) {
      const [path, name] = PLAYBOOK[page];
      const answer = await engine.get(`playbook/${path}`);
      if (this.engine !== engine) return;
      if (answer.status !== 200) {
        missing.push(page);
        continue;
      }
      this[page] = answer.body[name];
      await engine.store.setMeta({ [page]: answer.body[name] }).catch(() => undefined);
    }
    if (missing.length) setTimeout(() => this.engine === engine && void this.fetchPlaybook(engine, missing), PLAYBOOK_AGAIN_MS);
  }

  private async watchBattery(): Promise<void> {
    const battery = await (navigator as any).getBattery?.();
    if (!battery) return;
    const read = () => (this.battery = Math.round(battery.level * 100));
    battery.addEventListener('levelchange', read);
    read();
  }

  private every(span: number, work: () => void): void {
    setInterval(() => {
      work();
      this.attend();
    }, span);
  }
}

/** "Stop": aloud on the way; where he sits opposite the phone only shakes. */
function calledOff(_app: App, event: FeedEvent): void {
  if (!(event.body as unknown as Assignment).arrived_at) speak(t('say.halt'), locale.lang);
}

/** Which news makes a sound, and what is spoken; from arriving on nothing sounds: he sits opposite. */
const TELL: Record<string, (app: App, event: FeedEvent) => void> = {
  'assignment.offered': (app, event) => {
    const row = event.body as unknown as Assignment;
    if (app.taken?.status === 'arrived') return;
    const params = { level: of('level', row.level), type: app.typeName(row.scam_type), place: row.whereabouts?.text ?? t('where.unknown', { he: '' }), km: row.distance_m === null ? '' : km(row.distance_m) };
    // The ringing screen itself says it large.
    speak(t('say.offer', params), locale.lang);
  },
  'message.sent': (app, event) => {
    const body = event.body as { from: string; text: string; canned: string | null };
    if (body.from !== 'desk' || app.taken?.status === 'arrived') return;
    app.bell.once('tick');
    if (app.taken?.status === 'en_route') app.say(body.canned ? of('canned', body.canned) : body.text);
  },
  'whereabouts.changed': (app, event) => {
    if (!app.taken || app.taken.status === 'arrived') return;
    app.bell.once('place');
    const where = whereOf(app.taken, event.subject.kind === 'case' ? (event.body as any) : app.world?.case[app.taken.case_id]);
    if (app.taken.status === 'en_route' && where) app.say(t('say.place', { he: of('he', app.taken.sex), place: `${where.text} ${where.detail}` }));
  },
  'assignment.recalled': calledOff,
  'assignment.reassigned': calledOff,
  'assignment.safety': (app, event) => (event.body as any).check_in_at && app.bell.once('check_in'),
  'assignment.changed': (app, event) => event.line?.code === 'promise.remind' && app.bell.once('place'),
  'assignment.accepted': () => hush(),
};

export const app = new App();
