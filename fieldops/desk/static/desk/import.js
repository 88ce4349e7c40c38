// Send a file of alerts; errors come back by row and column, and then nothing was written.
import {$, cookie} from './page.js';
import {onKey} from './keys.js';

const form = $('#import'), file = $('#import-file'), busy = $('#import-busy'), table = $('#import-errors');
const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? 0);

function show(title, about) {
    $('#import-title').textContent = title;
    $('#import-words').textContent = about;
}

function listErrors(rows) {
    table.hidden = rows.length === 0;
    $('tbody', table).replaceChildren(...rows.map((row) => {
        const line = document.createElement('tr');
        for (const text of [row.row ?? '', row.column ?? '', row.words ?? '']) {
            const cell = document.createElement('td');
            cell.textContent = text;
            line.append(cell);
        }
        line.firstChild.className = 'r num';
        return line;
    }));
}

file.addEventListener('change', async () => {
    if (!file.files.length) return;
    busy.textContent = file.files[0].name;
    const body = new FormData();
    body.append('file', file.files[0]);
    try {
        const answer = await fetch('/api/v1/alerts/import', {method: 'POST', headers: {'X-CSRFToken': cookie('csrftoken')}, body});
        const value = await answer.json();
        const rows = value.rows && Array.isArray(value.rows) ? value.rows : [];
        listErrors(answer.ok ? [] : rows);
        if (answer.ok) show(fill(form.dataset.wordsDone, {...value, new: value.new ?? value.created}), form.dataset.wordsDoneAbout);
        else if (rows.length) show(fill(form.dataset.wordsNone, {n: rows.length}), form.dataset.wordsNoneAbout);
        else show(value.title, form.dataset.wordsNoneAbout);
    } catch {
        show(form.dataset.wordsDown, '');
    }
    file.value = '';
});
onKey('KeyU', () => file.click());
