// The small map of a case: where he is, and the crews that go (or could). One map for the page's life: the part
// around it is fetched again and again, the map is put back into it. It frames what it shows once, and again only
// when he is somewhere else; a crew that drives never moves it.
import {$, say} from './page.js';
import {onLive} from './live.js';
import {onSwap} from './parts.js';
import {ago} from './faces.js';

let map = null, layer = null, data = {crews: []}, framed = '';

const text = (tag, className, words) => Object.assign(document.createElement(tag), {className, textContent: words});
const at = (row) => [row.lat, row.lng];

function mark(row, className, ...parts) {
    const box = text('span', `mk ${className}`, '');
    box.append(...parts);
    L.marker(at(row), {icon: L.divIcon({className: 'mk-case', html: box, iconSize: null}), keyboard: false, interactive: false}).addTo(layer);
}

function crew(row) {
    const age = text('span', 'q num', '');
    if (row.fix_at) {
        age.dataset.fix = row.fix_at;
        age.textContent = say('fix', {x: ago(Date.parse(row.fix_at))});
    }
    mark(row, `crew${row.base ? ' base' : ''}`, text('i', '', row.base ? '○' : '▲'), text('b', '', row.call_sign), age);
}

function draw() {
    const place = $('#mini');
    if (!map || !place) return;
    data = JSON.parse($('#mini-data').textContent);
    if (!place.contains(map.getContainer())) {
        place.append(map.getContainer());
        map.invalidateSize({animate: false});
    }
    paint();
    const key = data.case ? at(data.case).join() : 'crews';
    if (key === framed) return;
    framed = key;
    const points = [data.case, ...data.crews].filter((row) => row && row.lng != null).map(at);
    if (points.length) map.fitBounds(points, {padding: [34, 26], maxZoom: 15, animate: false});
}

function paint() {
    layer.clearLayers();
    if (data.case) mark(data.case, '', text('span', `lv ${data.case.level}`, data.case.letter), text('b', '', data.case.text));
    data.crews.filter((row) => row.lng != null).forEach(crew);
}

function begin(found) {
    map = found;
    map.scrollWheelZoom.disable();
    map.zoomControl?.remove();
    layer = L.layerGroup().addTo(map);
    draw();
}

onSwap(draw);
onLive((news) => {
    for (const fix of news.positions || []) {
        const row = data.crews.find((found) => found.shift === fix.shift_id);
        if (!row || (row.fix_at && row.fix_at > fix.fix_at)) continue;
        Object.assign(row, {lng: fix.lng, lat: fix.lat, fix_at: fix.fix_at, base: false});
        if (map) paint();
    }
});

if (window.deskMap) begin(window.deskMap);
else window.addEventListener('map:init', (event) => begin(event.detail.map));
