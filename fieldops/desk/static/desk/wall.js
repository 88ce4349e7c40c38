// The wall: everything on it is fetched again as a whole when the feed says something, and every 15 s besides,
// for what only time changes (who is late, which phone fell silent). Nothing can be pressed here.
import {$, $$, now} from './page.js';
import {doubt, lostAt, onLive} from './live.js';
import {shanghai} from './faces.js';
import {fetcher, swap} from './parts.js';
import {alarm} from './sound.js';

const EVERY_MS = 15000, OLD_MS = 50000;
let drawn = Date.now();

const refresh = fetcher(() => '/desk/fragments/wall', (answer) => {
    drawn = Date.now();
    doubt(0);
    for (const fresh of $$('[data-part]', answer)) {
        // While the line is lost its banner stands where the alarms stood.
        if (fresh.dataset.part !== 'band' || !lostAt()) swap($(`[data-part="${fresh.dataset.part}"]`), fresh);
    }
    minute();
});

// Seconds only where they decide: the clock of the wall has none.
function minute() {
    const at = shanghai(now()), place = $('[data-minute]'), face = `${at.hour}:${at.minute}`;
    if (place.textContent !== face) place.textContent = face;
}

onLive((news) => {
    if (news.back || news.events) refresh('all');
    for (const event of news.events || []) if (event.kind === 'alarm.raised') alarm(event.body.kind);
});
setInterval(minute, 1000);
setInterval(() => {
    refresh('all');
    // The line stands, and yet nothing was drawn for a while: that is a loss too.
    if (Date.now() - drawn > OLD_MS) doubt(now() - (Date.now() - drawn));
}, EVERY_MS);
minute();
