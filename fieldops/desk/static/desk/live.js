// The desk's feed: hello with the page's cursor, events in, acknowledgement back; lost is said, not hidden.
import {$, now, page, say} from './page.js';

const listeners = [];
let socket = null, cursor = page ? page.cursor : 0, attempts = 0, lost = 0, ticker = null, pinged = 0, doubtful = false;

export const lostAt = () => lost;
export const onLive = (listener) => listeners.push(listener);

// Something said to the other pages of this desk: heard or lost, never kept.
export function tell(frame) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

function connect() {
    socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws/desk`);
    socket.onopen = () => {
        socket.send(JSON.stringify({hello: {gen: page.gen, cursor}}));
        socket.send(JSON.stringify({ping: 1}));
        for (const listener of listeners) listener({open: true});
    };
    socket.onmessage = (message) => {
        pinged = Date.now();
        hear(JSON.parse(message.data));
    };
    socket.onclose = (event) => {
        if (event.code === 4401) return location.assign('/sign-in');
        lose();
        attempts += 1;
        // Jitter: after a restart the whole room must not come back in the same instant.
        setTimeout(connect, Math.min(8000, 400 * 2 ** Math.min(attempts, 5)) * (0.5 + Math.random()));
    };
}

function hear(frame) {
    if (frame.gone) return frame.gone.reason === 'signed_out' ? location.assign('/sign-in') : location.reload();
    // The first answer after a loss: what was missed comes through the cursor, then the buttons come back.
    if (lost && !doubtful && (frame.pong || frame.ev)) find();
    if (frame.ev && frame.ev.length) {
        cursor = frame.ev[frame.ev.length - 1].seq;
        socket.send(JSON.stringify({ack: cursor}));
        for (const listener of listeners) listener({events: frame.ev});
    }
    if (frame.here) for (const listener of listeners) listener({here: frame.here});
    if (frame.positions) for (const listener of listeners) listener({positions: frame.positions});
}

// A page whose fragments no longer come says so like a lost line, from `since` on, until it is no longer in doubt.
export function doubt(since) {
    doubtful = Boolean(since);
    if (doubtful) lose(since);
}

function lose(since = now()) {
    if (lost) return;
    lost = since;
    document.body.classList.add('old');
    document.querySelectorAll('[data-claim]').forEach((button) => { button.disabled = true; });
    document.querySelectorAll('[data-rings] > span').forEach((bell) => { bell.dataset.was = bell.textContent; });
    ticker = setInterval(showLoss, 1000);
    showLoss();
}

function find() {
    lost = 0;
    attempts = 0;
    clearInterval(ticker);
    document.body.classList.remove('old');
    document.querySelectorAll('[data-claim]').forEach((button) => { button.disabled = false; });
    document.querySelectorAll('[data-was]').forEach((bell) => { bell.textContent = bell.dataset.was; delete bell.dataset.was; });
    const banner = $('#stale');
    if (banner) {
        banner.previousElementSibling.hidden = false;
        banner.remove();
    }
    mark(say('live'));
    for (const listener of listeners) listener({back: true});
}

function mark(words) {
    const place = $('#live span');
    if (place) place.textContent = words;
}

function showLoss() {
    const age = say('s', {x: Math.max(0, Math.round((now() - lost) / 1000))});
    const time = new Date(lost).toLocaleTimeString('en-GB', {timeZone: 'Asia/Shanghai'});
    mark(say('lost', {x: age}));
    document.querySelectorAll('[data-was]').forEach((bell) => { bell.textContent = say('rang_before', {x: age}); });
    let banner = $('#stale');
    if (!banner) {
        // It takes the place of the filters (or the keys; on the wall the alarms): nothing else on the page moves.
        const place = $('#filters') || $('.foot') || $('#band > [data-part]');
        if (!place) return;
        banner = document.createElement('div');
        banner.id = 'stale';
        banner.setAttribute('role', 'alert');
        banner.className = place.id === 'filters' ? 'stale' : `${place.classList[0]} stale`;
        banner.innerHTML = '<b></b><span></span><span class="sp"></span><span></span>';
        place.after(banner);
        place.hidden = true;
    }
    const [title, about, , keep] = banner.children;
    title.textContent = say('lost_banner', {x: age, t: time});
    about.textContent = say('lost_words', {n: attempts});
    keep.textContent = say('lost_keep');
}

// A half-open socket says nothing: a ping every 10 s, and silence for 25 s is a loss.
function watch() {
    if (!socket || socket.readyState !== WebSocket.OPEN) return;
    if (Date.now() - pinged > 25000) return socket.close();
    socket.send(JSON.stringify({ping: 1}));
}

if (page && page.gen) {
    connect();
    setInterval(watch, 10000);
}
