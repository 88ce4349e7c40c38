// Sign in by the same door as the phones: allauth's JSON, session and CSRF cookies.
import {$, cookie} from './page.js';

const form = $('#sign-in'), error = $('.err', form);
sessionStorage.clear();

form.addEventListener('submit', async (event) => {
    event.preventDefault();
    error.hidden = true;
    const button = $('button', form);
    button.disabled = true;
    try {
        await fetch('/_allauth/browser/v1/auth/session', {headers: {Accept: 'application/json'}});
        const answer = await fetch('/_allauth/browser/v1/auth/login', {
            method: 'POST',
            headers: {'Content-Type': 'application/json', 'X-CSRFToken': cookie('csrftoken')},
            body: JSON.stringify({username: form.username.value, password: form.password.value}),
        });
        if (answer.ok || answer.status === 409) return location.assign(form.dataset.next);
        const body = await answer.json().catch(() => ({}));
        error.textContent = body.title || error.dataset.wrong;
    } catch {
        error.textContent = error.dataset.down;
    } finally {
        button.disabled = false;
    }
    error.hidden = false;
    form.password.select();
});
