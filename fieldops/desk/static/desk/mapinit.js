// A classic script: django-leaflet fires map:init before modules run; keep the map for map.js.
window.addEventListener('map:init', function (event) { window.deskMap = event.detail.map; });
