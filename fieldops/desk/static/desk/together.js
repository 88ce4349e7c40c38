// Who else has this case open, and where they are writing: said by each page to the others, kept by nobody.
import {$, $$, page, say} from './page.js';
import {onLive, tell} from './live.js';
import {onSwap} from './parts.js';

const id = document.body.dataset.case;
const EVERY_MS = 8000, GONE_MS = 25000;
const others = new Map(); // user → {name, part, heard}
let said = '';

const writing = () => $$('#main [data-dirty], .chd [data-dirty]').at(-1)?.closest('[data-part]')?.dataset.part || '';

function here() {
    said = writing();
    tell({here: {case: id, part: said}});
}

function titleOf(part) {
    return part ? $(`[data-part="${part}"] :is(h2, .th2 b)`)?.firstChild?.textContent.trim() || '' : '';
}

function show() {
    const place = $('[data-others]'), now = Date.now();
    if (!place) return;
    for (const [user, row] of others) if (now - row.heard > GONE_MS) others.delete(user);
    const words = [...others.values()].map((row) => titleOf(row.part) ? say('writes', {x: row.name, p: titleOf(row.part)}) : row.name);
    const text = words.join(say('between'));
    if ($('span', place).textContent !== text) $('span', place).textContent = text;
    place.title = text;
    place.hidden = !text;
}

onLive((news) => {
    if (news.open) here();
    const row = news.here;
    if (!row || row.user_id === page.user) return;
    const known = others.has(row.user_id);
    if (row.case !== id) others.delete(row.user_id);
    else others.set(row.user_id, {name: row.name, part: row.part, heard: Date.now()});
    // A newcomer must not wait for my next turn to speak.
    if (row.case === id && !known) here();
    show();
});
onSwap(show);
document.addEventListener('input', () => setTimeout(() => { if (writing() !== said) here(); }));
addEventListener('pagehide', () => tell({here: {case: '', part: ''}}));
here(); // the line may have opened before this was there
setInterval(() => { here(); show(); }, EVERY_MS);
