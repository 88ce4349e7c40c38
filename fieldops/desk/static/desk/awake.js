// Somebody is here: said to the server at most every 20 s, and only when a key or the pointer was touched since.
// A page that nobody looks at stays silent, and an alarm beside it rings the shift's owner.
import {page} from './page.js';
import {send} from './forms.js';

const EVERY_MS = 20000;
let touched = false, said = 0;

function here() {
    touched = true;
    if (Date.now() - said >= EVERY_MS) tell();
}

function tell() {
    [touched, said] = [false, Date.now()];
    send('/api/v1/desk/awake', 'POST', {}).catch(() => { said = 0; });
}

if (page?.awake) {
    for (const name of ['keydown', 'pointerdown', 'pointermove', 'wheel']) addEventListener(name, here, {passive: true});
    setInterval(() => touched && tell(), EVERY_MS);
}
