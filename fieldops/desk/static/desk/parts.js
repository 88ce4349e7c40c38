// Fetch fragments again and put them in place without losing what eye, key or typed text holds.
import {$, $$} from './page.js';
import {lostAt} from './live.js';
import {tick} from './faces.js';

const after = [];
export const onSwap = (listener) => after.push(listener);
const EVERY_MS = 250;

// Collects names and fetches them at most every 250 ms; while one fetch runs, the next waits.
export function fetcher(urlOf, apply) {
    let wanted = new Set(), timer = null, busy = false;
    async function run() {
        timer = null;
        if (busy || !wanted.size) return;
        const names = wanted;
        wanted = new Set();
        busy = true;
        try {
            const answer = await fetch(urlOf(names), {headers: {Accept: 'text/html'}});
            if (answer.status === 401) return location.assign('/sign-in');
            if (answer.ok) apply(new DOMParser().parseFromString(await answer.text(), 'text/html'), names);
            else if (answer.status !== 404) names.forEach((name) => wanted.add(name));
        } catch {
            names.forEach((name) => wanted.add(name));
        } finally {
            busy = false;
            if (wanted.size) timer = setTimeout(run, lostAt() ? 2000 : EVERY_MS);
        }
    }
    return (...names) => {
        names.forEach((name) => wanted.add(name));
        if (!timer && !busy) timer = setTimeout(run, EVERY_MS);
    };
}

const keyOf = (form) => form ? form.dataset.key || form.id || form.dataset.api || '' : '';

function fieldsOf(root) {
    return $$('input[name], select[name], textarea[name]', root).filter((field) => field.type !== 'hidden');
}

function placeOf(element) {
    if (element.id) return `#${CSS.escape(element.id)}`;
    if (element.dataset.testid && $$(`[data-testid="${element.dataset.testid}"]`).length === 1) {
        return `[data-testid="${element.dataset.testid}"]`;
    }
    const form = element.closest('form');
    if (!form || !element.name) return '';
    const value = element.type === 'radio' ? `[value="${element.value}"]` : '';
    const owner = form.dataset.key ? `form[data-key="${form.dataset.key}"]` : form.id ? `#${form.id}` : `form[data-api="${form.dataset.api}"]`;
    return `${owner} [name="${element.name}"]${value}`;
}

function keep(old) {
    const typed = fieldsOf(old).filter((field) => field.dataset.dirty).map((field) => ({
        form: keyOf(field.closest('form')), name: field.name, type: field.type, value: field.value, checked: field.checked,
    }));
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    return {
        typed,
        place: $$('[data-place]', old).filter((field) => field.value).map((field) => [keyOf(field.form), field.value]),
        lists: $$('[data-keep]', old).map((list) => [list.id, [...list.childNodes]]),
        focus: active ? placeOf(active) : '',
        range: active && active.selectionStart != null && active.type === 'text' ? [active.selectionStart, active.selectionEnd] : null,
        open: $$('details[data-key]', old).map((box) => [box.dataset.key, box.open]),
        shown: $$('form[data-report]', old).filter((form) => !form.hidden).map((form) => form.id),
        errors: $$('.err', old).filter((error) => !error.hidden).map((error) => [keyOf(error.closest('form')), error.textContent]),
        minted: $$('[data-minted]', old).map((owner) => [owner.dataset.testid || keyOf(owner), owner.dataset.minted]),
        scroll: [old, ...$$('.scroll, .msgs, .places', old)].map((box) => [box.scrollTop, box.scrollHeight - box.clientHeight]),
    };
}

function restore(fresh, kept) {
    for (const was of kept.typed) {
        for (const field of fieldsOf(fresh)) {
            if (field.name !== was.name || keyOf(field.closest('form')) !== was.form) continue;
            if (field.type === 'radio' || field.type === 'checkbox') {
                if (field.value !== was.value) continue;
                field.checked = was.checked;
            } else {
                field.value = was.value;
            }
            field.dataset.dirty = '1';
        }
    }
    for (const [form, value] of kept.place) {
        const field = $$('[data-place]', fresh).find((found) => keyOf(found.form) === form);
        if (field) field.value = value;
    }
    for (const [id, nodes] of kept.lists) $(`#${id}`, fresh)?.replaceChildren(...nodes);
    for (const [key, open] of kept.open) {
        const box = $(`details[data-key="${key}"]`, fresh);
        if (box) box.open = open;
    }
    for (const id of kept.shown) {
        const form = fresh.querySelector(`#${CSS.escape(id)}`);
        if (form) form.hidden = false;
    }
    for (const [form, text] of kept.errors) {
        const error = $$('form .err', fresh).find((found) => keyOf(found.closest('form')) === form);
        if (error) { error.textContent = text; error.hidden = false; }
    }
    for (const [key, id] of kept.minted) {
        const owner = $$('[data-mint]', fresh).find((found) => (found.dataset.testid || keyOf(found)) === key);
        if (owner) owner.dataset.minted = id;
    }
    [fresh, ...$$('.scroll, .msgs, .places', fresh)].forEach((box, index) => {
        const [top, most] = kept.scroll[index] || [0, 0];
        const bottom = 'bottom' in box.dataset && top >= most - 4;
        box.scrollTop = bottom ? box.scrollHeight : top;
    });
    if (kept.focus) {
        const field = $(kept.focus);
        field?.focus({preventScroll: true});
        if (kept.range && field?.setSelectionRange) field.setSelectionRange(...kept.range);
    }
}

// A changed value stands in bold for 3 s. Values are paired by tag, first class and turn; where many differ a
// row came or went, and nothing is said. Clocks change by themselves and are left out.
const BOLD_MS = 3000, MANY = 8;
const TICKS = '[data-clock], [data-since], [data-held], [data-fix], .err, button, option, kbd';

function valuesOf(root) {
    const found = new Map(), turns = new Map();
    for (const element of [root, ...$$('*', root)]) {
        if (element.matches(TICKS)) continue;
        const words = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent).join('').trim();
        const kind = `${element.tagName}.${element.classList[0] || ''}`, turn = (turns.get(kind) || 0) + 1;
        turns.set(kind, turn);
        if (words) found.set(`${kind}:${turn}`, {element, words, until: Number(element.dataset.until || 0)});
    }
    return found;
}

function embolden(before, fresh) {
    const now = Date.now(), changed = [];
    for (const [key, {element, words}] of valuesOf(fresh)) {
        const was = before.get(key);
        if (was && was.words !== words) changed.push([element, now + BOLD_MS]);
        else if (was && was.until > now) changed.push([element, was.until]);
    }
    if (changed.length > MANY) return;
    for (const [element, until] of changed) {
        element.dataset.until = until;
        element.classList.add('changed');
        setTimeout(() => element.classList.remove('changed'), until - now);
    }
}

export function swap(old, fresh) {
    fresh = document.importNode(fresh, true);
    if (old.dataset.html === fresh.outerHTML) return old;
    const html = fresh.outerHTML;
    const kept = keep(old), before = valuesOf(old);
    old.replaceWith(fresh);
    fresh.dataset.html = html;
    embolden(before, fresh);
    restore(fresh, kept);
    if (lostAt()) $$('[data-claim]', fresh).forEach((button) => { button.disabled = true; });
    tick();
    for (const listener of after) listener(fresh);
    return fresh;
}

document.addEventListener('input', (event) => { if (event.target.name) event.target.dataset.dirty = '1'; });
document.addEventListener('change', (event) => {
    if (event.target.type !== 'radio') return;
    for (const other of $$(`[name="${event.target.name}"]`, event.target.form)) other.dataset.dirty = '1';
});
$$('[data-bottom]').forEach((box) => { box.scrollTop = box.scrollHeight; });
