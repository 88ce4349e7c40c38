// A list that stays live: its rows are fetched again at an event that concerns them, and every few seconds for the ages.
import {$} from './page.js';
import {onLive} from './live.js';
import {onDone} from './forms.js';
import {fetcher, swap} from './parts.js';

const KINDS = {phones: /^(device|shift)\./, held: /^(review|report)\./};
const AGES_MS = 10000;
const mine = KINDS[document.body.dataset.page];
const rows = () => $('[data-part=rows]');

const fetchRows = fetcher(() => rows().dataset.live, (fresh) => swap(rows(), fresh.querySelector('[data-part=rows]')));
const again = () => fetchRows('rows');

onLive((news) => {
    if (news.back || (news.events && news.events.some((event) => mine.test(event.kind)))) again();
});
setInterval(again, AGES_MS);

// What was sent is shown only here, only to the one who gave a reason, and is gone with the page.
const said = $('#args-words') ? JSON.parse($('#args-words').textContent) : {};
function flat(value, name = '') {
    if (value === null || typeof value !== 'object') return [[said[name] || name, String(value)]];
    return Object.entries(value).filter(([key]) => key !== 'id').flatMap(([key, inner]) => flat(inner, key));
}
onDone((owner, value) => {
    if (!owner.dataset.reading) return again();
    const box = $(`#said-${owner.dataset.reading}`);
    const lines = value.args ? flat(value.args) : [['', value.text]];
    box.replaceChildren(...lines.map(([name, text]) => {
        const line = document.createElement('p');
        line.append(Object.assign(document.createElement('span'), {className: 'q', textContent: name ? `${name} ` : ''}), text);
        return line;
    }));
});
