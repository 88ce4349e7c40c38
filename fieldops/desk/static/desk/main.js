// Every page: clock, feed, forms, keys, theme; then the page's own part.
import {$$, $, page} from './page.js';
import './live.js';
import './faces.js';
import './forms.js';
import {hearEarly} from './keys.js';
import './awake.js';

for (const button of $$('[data-theme-choice]')) {
    button.addEventListener('click', () => {
        const theme = button.dataset.themeChoice;
        document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
        location.reload();
    });
}
document.addEventListener('click', (event) => {
    for (const menu of $$('details.menu[open], details.pop[open]')) if (!menu.contains(event.target)) menu.open = false;
});
$('form[action="/sign-out"]')?.addEventListener('submit', () => sessionStorage.clear());

const OWN = {board: './board.js', case: './case.js', map: './map.js', wall: './wall.js', import: './import.js', roster: './roster.js', handover: './roster.js', phones: './lists.js', held: './lists.js'};
const own = OWN[document.body.dataset.page];
if (own && (page || own === OWN.import || own === OWN.roster)) await import(own).finally(hearEarly);
else hearEarly();
