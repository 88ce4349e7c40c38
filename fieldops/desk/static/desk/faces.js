// Clocks on the page, once a second; the same faces as fieldops/desk/faces.py writes.
import {$, $$, now, page, say} from './page.js';
import {lostAt} from './live.js';

const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Asia/Shanghai', hour12: false, year: 'numeric', month: '2-digit', day: '2-digit',
    hour: '2-digit', minute: '2-digit', second: '2-digit',
});
export function shanghai(at) {
    return Object.fromEntries(parts.formatToParts(at).map((part) => [part.type, part.value]));
}

export function minutes(seconds) {
    const whole = Math.floor(Math.abs(seconds));
    if (whole >= 3600) return say('hours', {h: Math.floor(whole / 3600), m: Math.floor(whole % 3600 / 60)});
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

export function moment(at) {
    const then = shanghai(at), today = shanghai(now());
    const time = `${then.hour}:${then.minute}`;
    return then.day === today.day && then.month === today.month ? time : `${then.month}-${then.day} ${time}`;
}

export function ago(at, until = now()) {
    const s = Math.max(0, Math.floor((until - at) / 1000));
    if (s < 60) return say('s', {x: s});
    return s < 3600 ? say('min', {x: Math.floor(s / 60)}) : say('h', {x: Math.floor(s / 3600)});
}

const urgencyOf = (left) => left < 0 ? 'over' : left < 300 ? 'soon' : left < 3600 ? 'near' : 'far';

export function clockFace(due) {
    const left = (due - now()) / 1000;
    if (left < 0) return say('over', {x: minutes(left)});
    if (left < 3600) return minutes(left);
    const at = shanghai(due);
    return say('by', {x: left < 72000 ? `${at.hour}:${at.minute}` : `${at.month}-${at.day}`});
}

function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

export function tick() {
    const clock = $('#clock');
    if (clock) {
        const at = shanghai(now());
        put(clock, `${at.hour}:${at.minute}:${at.second}`);
    }
    if (!page) return;
    // Deadlines go on counting when the connection is lost: they are known. Times in a state freeze.
    for (const element of $$('[data-clock]')) {
        const due = Date.parse(element.dataset.clock);
        if (Number.isNaN(due)) continue;
        const urgency = urgencyOf((due - now()) / 1000);
        put(element, clockFace(due));
        element.classList.toggle('long', element.textContent.length > 7);
        for (const owner of [element, element.closest('.st2')]) {
            if (!owner || owner.classList.contains(urgency)) continue;
            owner.classList.remove('over', 'soon', 'near', 'far');
            owner.classList.add(urgency);
        }
    }
    for (const element of $$('[data-since]')) put(element, minutes((now() - Date.parse(element.dataset.since)) / 1000));
    const until = lostAt() || now();
    for (const element of $$('[data-held]')) put(element, minutes((until - Date.parse(element.dataset.held)) / 1000));
    for (const element of $$('[data-fix]')) put(element, say('fix', {x: ago(Date.parse(element.dataset.fix))}));
}

tick();
setInterval(tick, 1000);
