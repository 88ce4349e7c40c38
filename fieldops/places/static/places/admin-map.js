// In the admin: show the centre's other places under what is being drawn, so that precincts can be fitted together.
(function () {
    'use strict';

    // django-leaflet hands over the words of all tools but this one.
    function nameFinish() {
        const word = function (id) { return JSON.parse(document.getElementById(id).textContent); };
        const finish = L.drawLocal.draw.toolbar.finish;
        finish.text = word('draw-toolbar-finish-text');
        finish.title = word('draw-toolbar-finish-title');
    }

    window.addEventListener('map:init', function (event) {
        nameFinish();
        const map = event.detail.map;
        const pane = map.createPane('others');
        pane.style.zIndex = 350;
        pane.style.pointerEvents = 'none';
        const own = window.location.pathname.split('/').find(function (part) { return /^[0-9a-f-]{36}$/.test(part); });
        fetch('/api/v1/places.geojson', {headers: {Accept: 'application/json'}}).then(function (answer) {
            return answer.ok ? answer.json() : {type: 'FeatureCollection', features: []};
        }).then(function (places) {
            L.geoJSON(places, {
                pane: 'others',
                interactive: false,
                filter: function (feature) { return feature.geometry && feature.id !== own; },
                style: {weight: 1.5, fill: false, className: 'other-area'},
                pointToLayer: point,
            }).addTo(map);
        });
    });

    function point(feature, latlng) {
        const name = document.createElement('span');
        name.textContent = feature.properties.name;
        const icon = L.divIcon({className: 'other-point other-' + feature.properties.kind, html: name, iconSize: null});
        return L.marker(latlng, {icon: icon, pane: 'others', interactive: false, keyboard: false});
    }
})();
