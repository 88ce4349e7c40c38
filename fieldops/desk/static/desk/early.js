// Not a module, so it runs before the page is seen: keeps the keys pressed until keys.js can hear them.
window.early = [];
document.addEventListener('keydown', (event) => window.early?.push(event));
