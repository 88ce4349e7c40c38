"""The power goes at each step of the disk: either the form still holds the words, or the command lies there.

Never neither, never both. The engine's own crashes are frontend/tests/queue.test.ts.
"""

import pytest
from playwright.sync_api import Playwright

from .phones import Handset, Town, battery

pytestmark = pytest.mark.browser
# Where the transaction of one submit stands when the power goes.
STEPS = ["add", "delete", "complete"]
# The page stops dead at the step named: nothing after it runs until the process is killed.
STOP_AT = """
  const stop = (step) => { if (window.dieAt === step) { console.log('stopped at ' + step); for (;;); } };
  for (const name of ['add', 'delete']) {
    const real = IDBObjectStore.prototype[name];
    IDBObjectStore.prototype[name] = function (...args) {
      const asked = real.apply(this, args);
      stop(name);
      return asked;
    };
  }
  const real = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (...args) {
    const tx = real.apply(this, args);
    if (args[1] === 'readwrite') tx.addEventListener('complete', () => stop('complete'));
    return tx;
  };
"""


def test_words_survive_a_kill_at_each_step(town: Town, play: Playwright) -> None:
    with battery(play, "kill1", town.server.url) as power:
        phone = power.on()
        phone.page.add_init_script(STOP_AT)
        phone.open()
        phone.sign_in()
        phone.go_on_duty()
        town.offer("kill")
        phone.see("screen-offer")
        phone.hold()
        phone.see("screen-action")
        phone.confirmed()

        for step in STEPS:
            words = f"力竭于 {step}"
            write(phone, words)
            save_until(phone, step)
            power.dies()

            phone = power.on()
            phone.page.add_init_script(STOP_AT)
            phone.open()
            in_form, in_queue = what_is_kept(phone)
            assert in_form.count(words) + in_queue.count(words) == 1, f"{step}: {in_form}, {in_queue}"
            assert words in (in_queue if step == "complete" else in_form)


def write(phone: Handset, words: str) -> None:
    """Write a note and wait until the form's draft is on disk."""
    phone.see("screen-action")
    phone.ready()
    phone.tap("tab-case")
    phone.tap("note-open")
    phone.page.fill("[data-testid=note-text]", words)
    phone.until(lambda: any(row["values"] == words for row in phone.rows("drafts")), "no draft")


def save_until(phone: Handset, step: str) -> None:
    """Press save; return when the page has stopped at the step."""
    said: list[str] = []
    phone.page.on("console", lambda line: said.append(line.text))
    phone.page.evaluate("(step) => setTimeout(() => (window.dieAt = step))", step)
    phone.page.evaluate(
        "() => setTimeout(() => document.querySelector('[data-testid=note-save]').click(), 50)"
    )
    phone.until(lambda: f"stopped at {step}" in said, f"it never came to {step}")


def what_is_kept(phone: Handset) -> tuple[list[str], list[str]]:
    """Return the words on disk: in the form's draft, and in commands."""
    drafts = [row["values"] for row in phone.rows("drafts") if row["form"] == "note"]
    return drafts, [row["args"]["text"] for row in phone.rows("commands") if row["type"] == "note"]
