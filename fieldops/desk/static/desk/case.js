// The case page: both tracks live; numbers in clear live only in this tab's memory, for the call or for 60 s.
import {$, $$, say, uuid} from './page.js';
import {onLive} from './live.js';
import {onDone, problemWords, recall, send} from './forms.js';
import {fetcher, onSwap, swap} from './parts.js';
import {focus, onKey, press} from './keys.js';
import {alarm} from './sound.js';
import './together.js';
import './mini.js';

const id = document.body.dataset.case;
const REVEAL_S = 60;
let opened = null, until = 0, then = '';

const refresh = fetcher(
    (parts) => `/desk/fragments/cases/${id}?parts=${[...parts].join(',')}`,
    (answer) => {
        for (const fresh of $$('[data-part]', answer)) {
            const old = $(`[data-part="${fresh.dataset.part}"]`);
            if (old) swap(old, fresh);
        }
        unmask();
        recall();
        if (then) {
            const goal = then;
            then = '';
            focus(goal) || focus('#call');
        }
    },
);

// Which parts an event touches.
const PARTS = {
    case: ['head', 'person', 'where', 'triage', 'phone', 'visit', 'tell'],
    call: ['phone', 'head'],
    notice: ['notices', 'tell'],
    assignment: ['visit', 'head'],
    message: ['visit'],
    report: ['visit', 'head'],
    indicator: ['visit'],
    note: ['visit'],
};
const ALL = ['head', 'person', 'where', 'alert', 'triage', 'phone', 'visit', 'tell', 'timeline', 'notices'];

onLive((news) => {
    if (news.back) refresh(...ALL);
    for (const event of news.events || []) {
        const mine = event.subject.id === id || event.body.case_id === id;
        if (mine && PARTS[event.subject.kind]) refresh(...PARTS[event.subject.kind]);
        if (mine && event.line) refresh('timeline');
        // Another case's crew, a phone that rings again: the ranking changes.
        if (['shift', 'device'].includes(event.subject.kind)) refresh('visit');
        if (!mine && event.subject.kind === 'assignment' && $('[data-testid=send], [data-testid=nobody-free], [data-testid=lined-up], details[data-key=support][open]')) refresh('visit');
        if (event.kind === 'alarm.raised') alarm(event.body.kind);
    }
});

// Opening by the work: the call shows name and number until it is recorded.
async function openCall(target, callId, error) {
    const answer = await send(`/api/v1/cases/${id}/calls`, 'POST', {id: callId, target});
    if (!answer.ok) {
        error.textContent = problemWords(answer.value) + (answer.value.by_name ? ` (${answer.value.by_name})` : '');
        error.hidden = false;
        refresh('phone');
        return;
    }
    opened = answer.value.secret;
    until = Infinity;
    then = '#where-text';
    refresh('phone', 'head', 'timeline', 'person');
}

document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-call]');
    if (!button) return;
    button.dataset.minted = button.dataset.minted || uuid();
    const error = $('[data-call-error]');
    error.hidden = true;
    openCall(button.dataset.target, button.dataset.minted, error).catch(() => {
        error.textContent = say('not_sent');
        error.hidden = false;
    });
});
document.addEventListener('click', (event) => { if (event.target.closest('#hang-up')) hangUp(); });
function hangUp() {
    $('#results')?.scrollIntoView({block: 'center'});
    focus('#results input:checked') || $('#results input')?.focus();
}

function unmask() {
    for (const place of $$('[data-secret]')) {
        const value = opened && opened[place.dataset.secret];
        if (!value) continue;
        place.dataset.mask = place.dataset.mask || place.textContent;
        place.textContent = value;
        if ('tel' in place.dataset) place.href = `tel:${value}`;
    }
}
function mask() {
    opened = null;
    for (const place of $$('[data-secret][data-mask]')) {
        place.textContent = place.dataset.mask;
        place.removeAttribute('href');
    }
}
onSwap(unmask);

setInterval(() => {
    if (!opened || until === Infinity) return;
    const left = Math.ceil((until - Date.now()) / 1000), place = $('[data-left]');
    if (left <= 0) { mask(); if (place) place.textContent = ''; return; }
    if (place) place.textContent = say('seconds_left', {x: left});
}, 500);

onDone((owner, value) => {
    if ('reveal' in owner.dataset) {
        opened = value;
        until = Date.now() + REVEAL_S * 1000;
        unmask();
        return refresh('timeline');
    }
    if (owner.id === 'call-form') {
        mask();
        then = owner.dataset.then;
    }
    if (owner.id === 'where-form') {
        $('#where-places').replaceChildren();
        $('[data-place]').value = '';
    }
    refresh(...ALL);
});

// Where is he now: known places as he types; free words are a place too.
let asked = 0;
document.addEventListener('input', async (event) => {
    if (!('places' in event.target.dataset)) return;
    const text = event.target.value.trim(), list = $('#where-places'), turn = ++asked;
    $('[data-place]').value = '';
    if (!text) return list.replaceChildren();
    await new Promise((resolve) => setTimeout(resolve, 180));
    if (turn !== asked) return;
    const answer = await fetch(`/api/v1/places?text=${encodeURIComponent(text)}`, {headers: {Accept: 'application/json'}}).catch(() => null);
    if (!answer || !answer.ok || turn !== asked) return;
    const places = (await answer.json()).places.filter((place) => place.lng !== null).slice(0, 6);
    list.replaceChildren(...places.map((place) => {
        const row = document.createElement('li'), button = document.createElement('button');
        button.type = 'button';
        button.dataset.choose = place.id;
        button.dataset.name = place.name;
        button.dataset.testid = 'where-place';
        button.append(Object.assign(document.createElement('b'), {textContent: place.name}), Object.assign(document.createElement('span'), {className: 'q s', textContent: place.address}));
        row.append(button);
        return row;
    }));
});
document.addEventListener('click', (event) => {
    const choice = event.target.closest('[data-choose]');
    if (!choice) return;
    $('#where-text').value = choice.dataset.name;
    $('#where-text').dataset.dirty = '1';
    $('[data-place]').value = choice.dataset.choose;
    $('#where-places').replaceChildren();
    $('[data-testid=where-detail]').focus();
});

// The cases a crew can be diverted to, read when asked for.
document.addEventListener('focusin', async (event) => {
    const list = event.target;
    if (!('cases' in (list.dataset || {})) || list.options.length > 1) return;
    const answer = await fetch('/api/v1/cases', {headers: {Accept: 'application/json'}});
    for (const row of (await answer.json()).results) {
        if (row.id === list.dataset.except || row.stage === 'closed') continue;
        list.append(new Option(`${row.number} ${row.person.name_mask}`, row.id));
    }
});

onKey('KeyC', () => focus('#call'));
onKey('KeyX', hangUp);
onKey('KeyW', () => focus('#where-text'));
onKey('KeyS', () => focus('#send'));
onKey('KeyT', () => focus('#tell summary'));
onKey('KeyM', () => focus('[data-message]'));
onKey('KeyV', () => focus('[data-voice] .b'));
onKey('KeyR', () => focus('#reveal-reason'));
onKey('KeyN', () => focus('#note-text'));
onKey('KeyP', () => press('[data-testid=print]')?.click());
onKey('KeyG', () => press('#grade')?.click());
onKey('KeyD', () => press('#now')?.focus());
onKey('KeyB', () => location.assign('/'));
onKey('Escape', () => location.assign('/'));

// A page loaded again in the middle of my call shows the number again: the same call, the same audit row.
const going = $('[data-open-call]');
if (going) openCall('person', going.dataset.openCall, $('[data-call-error]')).catch(() => {});
const from = {'#call': '#call', '#send': '#send', '#tell': '#tell summary', '#voice': '[data-voice] .b'}[location.hash];
if (from) focus(from); else $('#main').focus({preventScroll: true});
