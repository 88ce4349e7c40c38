// The ground under every map of the desk and the admin: our own schematic drawing, or the operator's tiles.
// Coordinates on the page are WGS-84; tiles that are drawn in GCJ-02 are shifted under them, never the other way round.
(function () {
    'use strict';

    const here = document.currentScript.src;
    const STYLES = {
        water: {stroke: false, fill: true, fillOpacity: 1, className: 'base-water'},
        road: {fill: false, weight: 3, className: 'base-road'},
    };

    window.addEventListener('map:init', function (event) {
        const map = event.detail.map;
        const tiles = [];
        map.eachLayer(function (layer) {
            if (layer instanceof L.TileLayer) tiles.push(layer);
        });
        tiles.filter(function (layer) { return layer.options.crs === 'gcj02'; }).forEach(shiftTiles);
        if (tiles.length === 0) drawGround(map);
        if (map.attributionControl) map.attributionControl.setPrefix(false);
        map.on('zoomend', function () { thinOut(map); });
        thinOut(map);
    });

    // Names that would lie on each other are left out: style sheets go by these two classes.
    function thinOut(map) {
        map.getContainer().classList.toggle('crowded', map.getZoom() < 14);
        map.getContainer().classList.toggle('far', map.getZoom() < 11);
    }

    function drawGround(map) {
        const pane = map.createPane('ground');
        pane.style.zIndex = 150;
        pane.style.pointerEvents = 'none';
        fetch(new URL('base.geojson', here)).then(function (answer) { return answer.json(); }).then(function (base) {
            L.geoJSON(base, {
                pane: 'ground',
                interactive: false,
                style: function (feature) { return STYLES[feature.properties.kind]; },
                pointToLayer: function (feature, latlng) { return label(feature.properties, latlng); },
            }).addTo(map);
        });
    }

    function label(properties, latlng) {
        const name = document.createElement('span');
        name.textContent = properties.name;
        if (properties.turn) name.style.transform = 'rotate(' + Number(properties.turn) + 'deg)';
        const icon = L.divIcon({className: 'base-label base-' + properties.kind, html: name, iconSize: null});
        return L.marker(latlng, {icon: icon, pane: 'ground', interactive: false, keyboard: false});
    }

    // Leaflet asks a layer where its tiles lie by the map's centre; a GCJ-02 layer answers for the shifted centre.
    function shiftTiles(layer) {
        const bounds = layer._getTiledPixelBounds;
        const transform = layer._setZoomTransform;
        layer._getTiledPixelBounds = function (center) { return bounds.call(this, shifted(center)); };
        layer._setZoomTransform = function (level, center, zoom) { transform.call(this, level, shifted(center), zoom); };
        layer._resetView();
    }

    // The same approximation as fieldops/places/gcj.py.
    function shifted(center) {
        const a = 6378245, ee = 0.006693421622965943, pi = Math.PI;
        const x = center.lng - 105, y = center.lat - 35, phi = center.lat * pi / 180;
        const magic = 1 - ee * Math.sin(phi) * Math.sin(phi), root = Math.sqrt(magic);
        const ripple = 20 * Math.sin(6 * x * pi) + 20 * Math.sin(2 * x * pi);
        const waves = function (v, far) {
            return 20 * Math.sin(v * pi) + 40 * Math.sin(v / 3 * pi)
                + far * Math.sin(v / 12 * pi) + 2 * far * Math.sin(v / 30 * pi);
        };
        const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x))
            + (ripple + waves(x, 150)) * 2 / 3;
        const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x))
            + (ripple + waves(y, 160)) * 2 / 3;
        return L.latLng(
            center.lat + north * 180 / (a * (1 - ee) / (magic * root) * pi),
            center.lng + east * 180 / (a / root * Math.cos(phi) * pi)
        );
    }
})();
