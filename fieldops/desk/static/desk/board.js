// The board: strips are fetched again by id; a lane under hand or eye keeps its order, newcomers wait in its head.
import {$, $$, say} from './page.js';
import {onLive} from './live.js';
import {onDone} from './forms.js';
import {fetcher, swap} from './parts.js';
import {focus, onKey, press} from './keys.js';
import {alarm} from './sound.js';

const HOLD_MS = 5000;
const waiting = new Map(); // lane → Map(case → strip)
let touched = 0, hover = null;

const stripOf = (id) => $(`[data-strip="${id}"]`);
const laneOf = (element) => element.closest('[data-lane]');
const partOf = (stage) => $(`.part[data-stage="${stage}"]`);

function held(lane) {
    if (Date.now() - touched > HOLD_MS) return false;
    return hover === lane || lane.contains(document.activeElement);
}

// Order in a lane is urgency: the next loss first.
function place(strip) {
    const part = partOf(strip.dataset.stage);
    if (!part) return;
    const next = $$('[data-strip]', part).find((other) => other !== strip && other.dataset.due > strip.dataset.due);
    if (next) part.insertBefore(strip, next); else part.append(strip);
}

function wait(lane, strip) {
    if (!waiting.has(lane)) waiting.set(lane, new Map());
    waiting.get(lane).set(strip.dataset.strip, strip);
    showWaiting(lane);
}

const RANK = {critical: 0, high: 1, medium: 2, low: 3};
function showWaiting(lane) {
    const button = $('[data-merge]', lane), strips = [...(waiting.get(lane)?.values() || [])];
    button.hidden = strips.length === 0;
    if (!strips.length) return;
    const first = strips.sort((a, b) => RANK[a.dataset.level] - RANK[b.dataset.level])[0];
    button.replaceChildren(say('waiting', {n: strips.length, l: first.dataset.letter}), ' ', Object.assign(document.createElement('kbd'), {textContent: '.'}));
    button.classList.toggle('critical', first.dataset.level === 'critical');
}

function merge(lane) {
    for (const strip of waiting.get(lane)?.values() || []) {
        stripOf(strip.dataset.strip)?.remove();
        place(strip);
    }
    waiting.delete(lane);
    for (const ghost of $$('.ghost', lane)) ghost.remove();
    for (const strip of $$('[data-strip]', lane)) sort(strip);
    showWaiting(lane);
    count();
}

// Moves a strip only where its neighbours say it is out of order.
function sort(strip) {
    const before = strip.previousElementSibling, next = strip.nextElementSibling;
    if ((before && before.dataset.due > strip.dataset.due) || (next && next.dataset.due < strip.dataset.due)) {
        const focused = strip === document.activeElement;
        place(strip);
        if (focused) strip.focus({preventScroll: true});
    }
}

function leave(strip, to) {
    const lane = laneOf(strip);
    if (held(lane) && strip === document.activeElement) {
        strip.classList.add('ghost');
        strip.removeAttribute('data-strip');
        const title = to ? $('.lh b', $(`[data-lane="${to}"]`))?.textContent : '';
        $('.nx', strip).textContent = title ? say('moved_to', {x: title}) : say('gone');
        return;
    }
    strip.remove();
}

function update(fresh) {
    const id = fresh.dataset.strip, old = stripOf(id);
    for (const strips of waiting.values()) strips.delete(id);
    const part = partOf(fresh.dataset.stage);
    if (!part) return old && leave(old, '');
    const lane = laneOf(part);
    if (old && old.dataset.stage === fresh.dataset.stage) {
        const put = swap(old, fresh);
        if (old === document.activeElement) put.focus({preventScroll: true});
        if (!held(lane)) sort(put);
        return;
    }
    if (old) leave(old, lane.dataset.lane);
    fresh = document.importNode(fresh, true);
    if (held(lane)) wait(lane, fresh); else place(fresh);
}

const PARTS = {case: 'mine', call: 'mine', assignment: 'crews', shift: 'crews', device: 'crews', alarm: 'alarms', message: '', notice: ''};

const refresh = fetcher(
    (names) => {
        const strips = [...names].filter((name) => !['crews', 'alarms', 'mine'].includes(name));
        const parts = [...names].filter((name) => ['crews', 'alarms', 'mine'].includes(name));
        return `/desk/fragments/board?strips=${strips.slice(0, 150).join(',')}&parts=${parts.join(',')}`;
    },
    (answer, names) => {
        for (const fresh of $$('[data-part]', answer)) {
            const old = $(`[data-part="${fresh.dataset.part}"]`);
            if (old) swap(old, fresh);
        }
        for (const fresh of $$('[data-strip]', answer)) update(fresh);
        for (const name of names) {
            const old = stripOf(name);
            if (old && !$(`[data-strip="${name}"]`, answer)) leave(old, '');
        }
        for (const lane of waiting.keys()) showWaiting(lane);
        count();
    },
);

onLive((news) => {
    if (news.back) refresh('crews', 'alarms', 'mine', ...$$('[data-strip]').map((strip) => strip.dataset.strip));
    for (const event of news.events || []) {
        const part = PARTS[event.subject.kind];
        if (part) refresh(part);
        const id = event.subject.kind === 'case' ? event.subject.id : event.body.case_id;
        if (id && event.subject.kind !== 'alarm') refresh(id, 'mine');
        if (event.subject.kind === 'assignment') refresh('crews');
        // Signed or accepted: the cases are in other hands from now on.
        if (event.subject.kind === 'handover' && event.body.status !== 'open') refresh('mine', ...event.body.passed.map((row) => row.case_id));
        if (event.kind === 'alarm.raised') alarm(event.body.kind);
    }
});
onDone(() => refresh('alarms', 'mine'));

// Filters count what is on the board and hide the rest; they never fetch.
const FILTERS = {
    all: () => true,
    mine: (strip) => 'mine' in strip.dataset,
    critical: (strip) => strip.dataset.level === 'critical',
    overdue: (strip) => strip.classList.contains('over'),
    student: (strip) => 'student' in strip.dataset,
    paid: (strip) => 'paid' in strip.dataset,
    nowhere: (strip) => 'nowhere' in strip.dataset,
};
let filter = 'all';

function count() {
    const strips = $$('[data-strip]');
    for (const button of $$('[data-filter]')) {
        const text = String(strips.filter(FILTERS[button.dataset.filter]).length);
        if ($('.num', button).textContent !== text) $('.num', button).textContent = text;
        button.classList.toggle('on', button.dataset.filter === filter);
        button.setAttribute('aria-pressed', String(button.dataset.filter === filter));
    }
    for (const strip of strips) strip.hidden = !FILTERS[filter](strip);
    for (const lane of $$('[data-lane]')) {
        $('[data-count]', lane).textContent = $$('[data-strip]', lane).length + (waiting.get(lane)?.size || 0);
        $$('[data-part-count]', lane).forEach((place, index) => { place.textContent = $$('[data-strip]', $$('.part', lane)[index]).length; });
    }
    $('#empty').hidden = strips.length > 0;
}

document.addEventListener('click', (event) => {
    const chosen = event.target.closest('[data-filter]');
    if (chosen) { filter = chosen.dataset.filter; count(); }
    const button = event.target.closest('[data-merge]');
    if (button) merge(laneOf(button));
    const fold = event.target.closest('[data-fold]');
    if (fold) {
        const open = laneOf(fold).classList.toggle('open');
        fold.setAttribute('aria-expanded', String(open));
    }
});

for (const kind of ['pointermove', 'keydown']) document.addEventListener(kind, () => { touched = Date.now(); }, {passive: true});
document.addEventListener('pointerover', (event) => { hover = event.target instanceof Element ? laneOf(event.target) : null; });
document.addEventListener('focusout', (event) => { if (event.target.classList?.contains('ghost')) setTimeout(() => { event.target.remove(); count(); }); });
setInterval(() => {
    if (Date.now() - touched <= HOLD_MS) return;
    for (const lane of [...waiting.keys()]) merge(lane);
    count();
}, 1000);

// J K within a lane, H L between lanes; focus is kept by case.
const here = () => document.activeElement?.closest('[data-strip]');
const visible = (root) => $$('[data-strip]', root).filter((strip) => !strip.hidden && strip.offsetParent !== null);
function step(by) {
    const strip = here();
    const strips = visible(strip ? laneOf(strip) : document);
    strips[Math.max(0, Math.min(strips.length - 1, strips.indexOf(strip) + by))]?.focus();
}
function across(by) {
    const lanes = $$('[data-lane]').filter((lane) => visible(lane).length);
    const strip = here(), row = strip ? visible(laneOf(strip)).indexOf(strip) : 0;
    const index = strip ? lanes.indexOf(laneOf(strip)) + by : 0;
    const strips = lanes[Math.max(0, Math.min(lanes.length - 1, index))];
    if (strips) visible(strips)[Math.min(row, visible(strips).length - 1)]?.focus();
}
onKey('KeyJ', () => step(1));
onKey('KeyK', () => step(-1));
onKey('KeyL', () => across(1));
onKey('KeyH', () => across(-1));
onKey('Period', () => $$('[data-lane]').forEach(merge));
onKey('KeyA', () => focus('.al .p, .al [data-alarm-open], .al .b'));
for (const [code, hash] of [['KeyC', 'call'], ['KeyS', 'send'], ['KeyT', 'tell'], ['KeyV', 'voice']]) {
    onKey(code, () => { const strip = here(); if (!strip) return false; location.assign(`${strip.href}#${hash}`); });
}

document.addEventListener('click', (event) => {
    const strip = event.target.closest('[data-strip]');
    if (strip) sessionStorage.setItem('desk:last', strip.dataset.strip);
});
document.addEventListener('keydown', (event) => { if (event.code === 'Enter' && here()) sessionStorage.setItem('desk:last', here().dataset.strip); });
const last = sessionStorage.getItem('desk:last');
if (last && /\/cases\//.test(document.referrer)) stripOf(last)?.focus();
count();
if (!press('[data-strip]')) $('#main').focus({preventScroll: true});
