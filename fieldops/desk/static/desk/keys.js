// Single letters, read by key position so that an input method does not eat them; only outside text fields.
import {$, $$} from './page.js';

const table = new Map();
export const onKey = (code, action) => table.set(code, action);

const typing = (element) => element.closest('input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]');
export const press = (selector) => $$(selector).find((element) => element.offsetParent !== null && !element.disabled);

export function focus(selector) {
    const found = press(selector);
    found?.scrollIntoView({block: 'nearest'});
    found?.focus();
    return found;
}

function digits(event) {
    const group = document.activeElement?.closest('[data-group]') || null;
    if (!group) return false;
    const label = $$('label', group)[Number(event.code.slice(5)) - 1];
    label?.querySelector('input')?.click();
    label?.querySelector('input')?.focus();
    return Boolean(label);
}

function hear(event) {
    if (event.isComposing || event.altKey || event.metaKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.ctrlKey) {
        if (event.code === 'Enter') target.closest('form')?.requestSubmit();
        return;
    }
    if (event.code === 'Escape') {
        const open = target.closest('details[open].pop, details[open].menu');
        if (open) {
            open.open = false;
            return open.querySelector('summary').focus();
        }
        if (typing(target)) return target.blur();
    } else if (typing(target)) {
        return;
    }
    if (/^Digit[1-9]$/.test(event.code) && digits(event)) return event.preventDefault();
    const code = event.shiftKey && event.code === 'Slash' ? 'Question' : event.code;
    if (event.shiftKey && code !== 'Question') return;
    const action = table.get(code);
    if (action && action(event) !== false) event.preventDefault();
}

document.addEventListener('keydown', (event) => { if (!window.early) hear(event); });

// The page's own part is there: no first key is lost to a slow line.
export function hearEarly() {
    const kept = window.early;
    window.early = null;
    kept?.forEach(hear); // a page without early.js has kept none
}

onKey('Slash', () => focus('#find'));
onKey('Question', () => {
    const box = $('#keys');
    const rows = $$('.foot:not(.stale) > span').filter((item) => $('kbd', item));
    const list = document.createElement('dl');
    for (const item of rows) {
        const key = document.createElement('dt'), words = document.createElement('dd');
        key.append(...$$('kbd', item).map((k) => k.cloneNode(true)));
        words.textContent = [...item.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent).join('').trim();
        list.append(key, words);
    }
    box.replaceChildren(list);
    box.showModal();
});
