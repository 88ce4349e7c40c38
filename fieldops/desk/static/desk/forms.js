// Forms and buttons send to the JSON API; a refusal is said in words beside the field, typed text stays.
import {$, $$, cookie, now, say, uuid} from './page.js';
import {lostAt, onLive} from './live.js';
import {shanghai} from './faces.js';

const done = [];
export const onDone = (listener) => done.push(listener);
const waiting = [];

export async function send(url, method, body) {
    const answer = await fetch(url, {
        method,
        headers: {'Content-Type': 'application/json', 'X-CSRFToken': cookie('csrftoken'), Accept: 'application/json'},
        body: JSON.stringify(body),
    });
    const text = await answer.text();
    const value = text ? JSON.parse(text) : {};
    if (answer.status === 401) location.assign('/sign-in');
    return {ok: answer.ok, status: answer.status, value};
}

// `15:44` (or 1544) is the next such time in Shanghai, within the coming 23 hours; NaN is sent as typed and refused.
function timeOf(typed) {
    const found = typed.trim().match(/^(\d{1,2})[:：.]?(\d{2})$/);
    if (!found || found[1] > 23 || found[2] > 59) return NaN;
    const text = `${found[1].padStart(2, '0')}:${found[2]}`;
    const today = shanghai(now());
    const at = Date.parse(`${today.year}-${today.month}-${today.day}T${text}:00+08:00`);
    return new Date(at < now() - 3600000 ? at + 86400000 : at).toISOString();
}

// 60000, 60,000.50 or 6万 → fen.
function fenOf(text) {
    const wan = /[万萬w]$/i.test(text.trim());
    const value = Number(text.replace(/[,，¥￥\s]|[万萬w]$/gi, ''));
    return Number.isFinite(value) && text.trim() ? Math.round(value * (wan ? 1000000 : 100)) : NaN;
}

const READ = {time: timeOf, yuan: fenOf, bool: (text) => text === 'true', list: (text) => [text], json: JSON.parse};

export function bodyOf(form, pressed) {
    const body = {};
    const fields = [...form.elements].filter((field) => field.name && field.tagName !== 'BUTTON');
    if (pressed && pressed.name) fields.push(pressed);
    for (const field of fields) {
        if ((field.type === 'radio' || field.type === 'checkbox') && !field.checked) continue;
        if (field.value === '') {
            if ('zero' in field.dataset) body[field.name] = 0;
            continue;
        }
        const read = READ[field.dataset.type];
        const value = read ? read(field.value) : field.value;
        body[field.name] = Number.isNaN(value) ? field.value : value;
    }
    return body;
}

function mint(owner, body) {
    const name = owner.dataset.mint;
    if (!name) return;
    // One id for one wish: a repeated press after a lost answer must not do it twice.
    owner.dataset.minted = owner.dataset.minted || uuid();
    body[name] = owner.dataset.minted;
}

function flat(details, path = '') {
    if (Array.isArray(details)) return details.flatMap((item) => typeof item === 'object' ? flat(item, path) : [[path, String(item)]]);
    if (details && typeof details === 'object') {
        if ('message' in details) return [[path, String(details.message)]];
        return Object.entries(details).flatMap(([key, value]) => flat(value, key));
    }
    return [[path, String(details)]];
}

export function problemWords(value) {
    const fields = value.errors ? flat(value.errors).map(([name, text]) => name ? `${name}: ${text}` : text) : [];
    return [value.title || value.code || '', value.by ? `(${value.by})` : '', ...fields].filter(Boolean).join(' ');
}

function errorOf(owner) {
    let found = owner.tagName === 'FORM' ? $('.err', owner) : null;
    if (!found) {
        found = owner.parentElement.querySelector(':scope > .err');
        if (!found) {
            found = document.createElement('span');
            found.className = 'err';
            found.setAttribute('role', 'alert');
            owner.after(found);
        }
    }
    return found;
}

function refuse(owner, text, value = {}) {
    const error = errorOf(owner);
    error.textContent = text;
    error.hidden = !text;
    if (owner.tagName !== 'FORM') return;
    const wrong = new Set(flat(value.errors || {}).map(([name]) => name));
    for (const field of owner.elements) field.toggleAttribute('aria-invalid', false);
    for (const field of owner.elements) if (wrong.has(field.name)) field.setAttribute('aria-invalid', 'true');
    if (text) $('[aria-invalid=true]', owner)?.focus();
}

async function act(owner, body, pressed) {
    if (owner.dataset.busy) return;
    if (lostAt() && !('retry' in owner.dataset)) return refuse(owner, say('not_sent'));
    owner.dataset.busy = '1';
    refuse(owner, '');
    try {
        const answer = await send(owner.dataset.api, owner.dataset.method || 'POST', body);
        if (!answer.ok) return refuse(owner, problemWords(answer.value), answer.value);
        settle(owner, answer.value, pressed);
    } catch {
        if ('retry' in owner.dataset) waiting.push([owner, body]);
        refuse(owner, say('retry' in owner.dataset ? 'will_send' : 'not_sent'));
    } finally {
        delete owner.dataset.busy;
    }
}

function settle(owner, value) {
    delete owner.dataset.minted;
    if (owner.tagName === 'FORM') {
        forget(owner);
        owner.reset();
        for (const field of owner.elements) delete field.dataset.dirty;
        owner.closest('details.pop')?.removeAttribute('open');
    }
    if ('reload' in owner.dataset) return location.reload();
    for (const listener of done) listener(owner, value);
}

document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!form.dataset.api) return;
    event.preventDefault();
    let body = bodyOf(form, event.submitter);
    if (form.dataset.report) body = {command: 'conclude', member: form.dataset.report, args: {report: {id: form.dataset.minted || uuid(), ...body}}};
    mint(form, body);
    if (form.dataset.report) body.args.report.id = body.cmd_id;
    act(form, body, event.submitter);
});

document.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-api]');
    if (button) {
        const body = JSON.parse(button.dataset.body || '{}');
        if (button.dataset.ask) {
            const field = $(`[name="${button.dataset.ask}"]`, button.form);
            body[button.dataset.ask] = field ? field.value : button.textContent.trim();
            if (field && !field.value) return field.focus();
        }
        mint(button, body);
        act(button, body);
    }
    const show = event.target.closest('[data-show]');
    if (show) {
        const form = $(show.dataset.show);
        form.hidden = !form.hidden;
        if (!form.hidden) $('input', form)?.focus();
    }
    const copy = event.target.closest('[data-copy]');
    if (copy) {
        const text = copy.closest('details').querySelector('[data-copy-text]').textContent;
        navigator.clipboard?.writeText(text).then(() => { copy.textContent = say('copied'); });
    }
});

// Back again: facts written meanwhile go out; claims do not, somebody else may have made them.
onLive((news) => {
    if (!news.back) return;
    for (const [owner, body] of waiting.splice(0)) if (owner.isConnected) act(owner, body);
});

// Drafts, kept in this tab only: they may hold names.
const draftKey = (form) => `desk:draft:${form.id}:${form.dataset.api}`;
document.addEventListener('input', (event) => {
    const form = event.target.closest('form[data-draft]');
    if (!form) return;
    const rows = [...new FormData(form)].filter(([, value]) => value);
    sessionStorage.setItem(draftKey(form), JSON.stringify(rows));
    const at = shanghai(now()), where = $('[data-draft-at]', form);
    if (where) where.textContent = say('stored', {x: `${at.hour}:${at.minute}:${at.second}`});
});

function forget(form) {
    if ('draft' in form.dataset) sessionStorage.removeItem(draftKey(form));
}

export function recall(root = document) {
    for (const form of $$('form[data-draft]', root)) {
        for (const [name, value] of JSON.parse(sessionStorage.getItem(draftKey(form)) || '[]')) {
            for (const field of $$(`[name="${name}"]`, form)) {
                if (field.dataset.dirty) continue;
                if (field.type === 'radio') field.checked = field.value === value;
                else field.value = value;
                field.dataset.dirty = '1';
            }
        }
    }
}
recall();
