// The roster's keys: arrows move over the cells, Enter opens one, G goes to the next gap; and its small forms.
import {$, $$} from './page.js';
import {onDone} from './forms.js';
import {focus, onKey} from './keys.js';
import {onLive} from './live.js';

const rowsNow = () => $$('.ro-r').map((row) => $$('a.c', row)).filter((cells) => cells.length);
const at = () => {
    for (const [y, cells] of rowsNow().entries()) {
        const x = cells.indexOf(document.activeElement);
        if (x >= 0) return [y, x];
    }
    return null;
};

function go(y, x) {
    const cell = rowsNow()[y]?.[x];
    if (!cell) return;
    for (const other of $$('a.c[tabindex="0"]')) other.tabIndex = -1;
    cell.tabIndex = 0;
    cell.focus();
}

const STEPS = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]};
for (const [code, [dy, dx]] of Object.entries(STEPS)) {
    onKey(code, () => {
        const here = at();
        if (!here) return document.activeElement === document.body ? go(0, 0) : false;
        go(here[0] + dy, here[1] + dx);
    });
}
onKey('KeyG', () => {
    const gaps = $$('a.c.gap');
    const next = gaps[(gaps.indexOf(document.activeElement) + 1) % gaps.length];
    if (next) go(...rowsNow().flatMap((cells, y) => cells.map((cell, x) => [cell, y, x])).find(([cell]) => cell === next).slice(1));
});
onKey('KeyX', () => {
    const first = $('#cell .ro-list summary') || $('#swaps summary');
    if (!first) return;
    first.parentElement.open = true;
    $('select, input', first.parentElement)?.focus();
});
onKey('KeyK', () => {
    const form = $('#take-form');
    form.hidden = false;
    focus('#take-form input');
});
onKey('KeyB', () => location.assign('/roster'));

// One cell is in the order of Tab: the chosen one, else the first of today.
function enter() {
    const entry = $('a.c.sel') || $('a.c.td') || $('a.c');
    if (entry) entry.tabIndex = 0;
}
enter();
if (location.hash === '#cell') (press('#cell select, #cell input') || $('#cell'))?.focus();

function press(selector) {
    return $$(selector).find((element) => element.offsetParent !== null && element.type !== 'hidden');
}

// Names into ids, a group a line; a name nobody has is said at once.
const groups = $('[data-groups]');
groups?.addEventListener('input', () => {
    const people = JSON.parse($('#people').textContent), unknown = [];
    const lines = groups.value.replace(/\n+$/, '').split('\n');
    const ids = groups.value.trim() ? lines.map((line) => line.split(/[,，、;；]/).map((name) => name.trim()).filter(Boolean).map((name) => {
        if (!people[name]) unknown.push(name);
        return people[name];
    }).filter(Boolean)) : [];
    $('[name=groups]').value = JSON.stringify(ids);
    const note = $('[data-unknown]');
    note.textContent = unknown.length ? note.dataset.unknown.replace('{x}', unknown.join('、')) : '';
    groups.setCustomValidity(note.textContent);
});

for (const file of $$('input[data-into]')) {
    file.addEventListener('change', async () => { if (file.files[0]) $(file.dataset.into).value = await file.files[0].text(); });
}

onDone((owner, value) => {
    if ('calendar' in owner.dataset) $('output', owner).value = value.url;
    if ('askSwap' in owner.dataset) location.assign('/roster/mine');
    if (owner.dataset.open) location.assign(owner.dataset.open + value.id);
});

// What others change comes in by itself, except under somebody's hands: an open form or a field in use waits.
const OURS = new Set(['shift', 'desk_shift', 'swap', 'handover', 'case', 'assignment', 'device', 'alarm']);
const PARTS = ['.ro-bar', '.ro', '.ro-side', '.ho-left'];
let due = null;

const busy = () => Boolean(document.activeElement?.closest('form') || $('.ro-side details[open]') || $$('.ro-form').some((form) => !form.hidden));

async function renew() {
    due = null;
    if (busy()) return wait();
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (busy()) return wait();
    const held = document.activeElement?.dataset.testid;
    for (const part of PARTS) {
        const [old, now] = [$(part), $(part, fresh)];
        if (old && now && old.innerHTML !== now.innerHTML) old.replaceChildren(...now.childNodes);
    }
    enter();
    if (held) $(`[data-testid="${CSS.escape(held)}"]`)?.focus();
}

function wait() {
    due ||= setTimeout(renew, 1000);
}

onLive((news) => {
    if (news.back || news.events?.some((event) => OURS.has(event.subject.kind))) wait();
});
