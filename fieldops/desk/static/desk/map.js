// Points on the schematic map; the list at the left and the map share one selection. No panning by itself.
import {$, $$, say} from './page.js';
import {onLive} from './live.js';
import {ago, clockFace} from './faces.js';
import {fetcher, swap} from './parts.js';
import {onKey} from './keys.js';

let map = null, layer = null, crews = null, chosen = null, layers = {};
let data = JSON.parse($('#map-data').textContent);

const text = (tag, className, words) => Object.assign(document.createElement(tag), {className, textContent: words});
const icon = (className, html) => L.divIcon({className, html, iconSize: null});

function caseIcon(row) {
    const box = text('span', `mk ${row.id === chosen ? 'sel' : ''}`, '');
    const face = text('span', `num ${row.urgency}`, clockFace(Date.parse(row.due)));
    face.dataset.clock = row.due;
    box.append(text('span', `lv ${row.level}`, row.letter), text('b', 'num', row.short), face);
    return icon('mk-case', box);
}
function crewIcon(row) {
    const box = text('span', `mk crew${row.base ? ' base' : ''}`, '');
    box.append(text('i', '', row.base ? '○' : '▲'), text('b', '', row.call_sign));
    if (row.fix_at) {
        const age = text('span', 'q num', '');
        age.dataset.fix = row.fix_at;
        age.textContent = say('fix', {x: ago(Date.parse(row.fix_at))});
        box.append(age);
    }
    return icon('mk-crew', box);
}

function draw() {
    layer.clearLayers();
    crews.clearLayers();
    for (const row of data.cases) {
        const marker = L.marker([row.lat, row.lng], {icon: caseIcon(row), title: `${row.short} ${row.where}`});
        marker.on('click', () => choose(row.id));
        marker.addTo(layer);
    }
    for (const row of data.crews) L.marker([row.lat, row.lng], {icon: crewIcon(row), title: row.call_sign, keyboard: false}).addTo(crews);
}

function choose(id) {
    chosen = id;
    for (const strip of $$('[data-strip]')) strip.classList.toggle('sel', strip.dataset.strip === id);
    const row = data.cases.find((found) => found.id === id), card = $('#map-card');
    card.hidden = !row;
    draw();
    if (!row) return;
    $('.lv', card).className = `lv ${row.level}`;
    $('.lv', card).textContent = row.letter;
    $('[data-name]', card).textContent = `${row.name} ${row.short}`;
    $('[data-face]', card).dataset.clock = row.due;
    $('[data-where]', card).textContent = row.where;
    $('[data-next]', card).textContent = row.next;
    $('a', card).href = `/cases/${row.id}`;
    // Only a selection outside the frame moves the map.
    if (!map.getBounds().contains([row.lat, row.lng])) map.panTo([row.lat, row.lng], {animate: false});
}

function places(found) {
    const SIGN = {school: '⌂', campus: '⌂', station: '✚', bank_branch: '▣', community: '▫'};
    for (const feature of found.features) {
        const {kind, name} = feature.properties, parts = feature.geometry?.geometries || [feature.geometry];
        for (const part of parts) {
            if (!part || !layers[kind]) continue;
            if (part.type === 'Polygon') {
                L.geoJSON(part, {interactive: false, style: {weight: 1, fill: false, className: 'precinct'}}).addTo(layers.areas);
            } else {
                const box = text('span', `mk place ${kind}`, '');
                box.append(text('i', '', SIGN[kind]), text('span', '', name));
                L.marker([part.coordinates[1], part.coordinates[0]], {icon: icon('mk-place', box), interactive: false, keyboard: false, pane: 'places'}).addTo(layers[kind]);
            }
        }
    }
}

function begin(found) {
    map = found;
    map.createPane('places').style.zIndex = 350;
    map.zoomControl?.setPosition('topright');
    for (const kind of ['areas', 'school', 'station', 'bank_branch', 'community']) layers[kind] = L.layerGroup();
    layers.campus = layers.school;
    for (const kind of ['areas', 'school', 'station', 'bank_branch']) layers[kind].addTo(map);
    layer = L.layerGroup().addTo(map);
    crews = L.layerGroup().addTo(map);
    layers.cases = layer;
    layers.crews = crews;
    if (data.center) {
        map.setView([data.center.lat, data.center.lng], 13, {animate: false});
        L.marker([data.center.lat, data.center.lng], {icon: icon('mk-place', text('span', 'mk center', `◎ ${data.center.name}`)), interactive: false, keyboard: false}).addTo(map);
    }
    draw();
    fetch('/api/v1/places.geojson', {headers: {Accept: 'application/json'}}).then((answer) => answer.ok ? answer.json() : {features: []}).then(places);
    const wanted = location.hash.slice(1);
    if (wanted) choose(wanted);
}

const refresh = fetcher(() => '/desk/fragments/map', (answer) => {
    swap($('[data-part=map-list]'), $('[data-part=map-list]', answer));
    data = JSON.parse($('#map-data', answer).textContent);
    if (map) choose(chosen);
});

onLive((news) => {
    if (news.back || (news.events || []).some((event) => ['case', 'assignment', 'shift'].includes(event.subject.kind))) refresh('all');
    for (const fix of news.positions || []) {
        const row = data.crews.find((found) => found.shift === fix.shift_id);
        if (!row || (row.fix_at && row.fix_at > fix.fix_at)) continue;
        Object.assign(row, {lng: fix.lng, lat: fix.lat, fix_at: fix.fix_at, base: false});
        if (map) draw();
    }
});

document.addEventListener('click', (event) => {
    const strip = event.target.closest('[data-strip]');
    if (strip) { event.preventDefault(); choose(strip.dataset.strip); }
    const toggle = event.target.closest('[data-layer]');
    if (toggle && map) {
        const shown = layers[toggle.dataset.layer], on = map.hasLayer(shown);
        if (on) map.removeLayer(shown); else shown.addTo(map);
        toggle.classList.toggle('on', !on);
        toggle.setAttribute('aria-pressed', String(!on));
    }
});
function step(by) {
    const strips = $$('[data-strip]'), at = strips.findIndex((strip) => strip.dataset.strip === chosen);
    const next = strips[Math.max(0, Math.min(strips.length - 1, at + by))];
    if (next) { next.focus(); choose(next.dataset.strip); }
}
onKey('KeyJ', () => step(1));
onKey('KeyK', () => step(-1));
onKey('Enter', () => { if (!chosen) return false; location.assign(`/cases/${chosen}`); });
onKey('KeyB', () => location.assign('/'));

if (window.deskMap) begin(window.deskMap);
else window.addEventListener('map:init', (event) => begin(event.detail.map));
