"""Changes on the road: spoken where the phone has a voice, a tone and large words where it has none."""

import re
from collections.abc import Callable

import pytest

from .phones import Handset, Town

pytestmark = pytest.mark.browser
# A headless browser has no voices: it is given one, and what it says and sounds is written down.
WITH_A_VOICE = """
  window.said = [];
  speechSynthesis.getVoices = () => [{ lang: 'zh-CN' }];
  speechSynthesis.speak = (words) => window.said.push([words.lang, words.text]);
"""
WITHOUT = """
  delete window.speechSynthesis;
  delete Window.prototype.speechSynthesis;
"""
TONES = """
  window.tones = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...args) {
    window.tones.push(Math.round(this.frequency.value));
    return start.apply(this, args);
  };
"""
TICK_HZ = 660
# A clock that can be stopped, so that a hold takes as long as the test wants.
WATCH = """
  window.stopped = null;
  const now = performance.now.bind(performance);
  const frame = requestAnimationFrame.bind(window);
  performance.now = () => window.stopped ?? now();
  window.requestAnimationFrame = (work) => frame((at) => work(window.stopped ?? at));
"""


def test_what_changes_on_the_road_is_heard(town: Town, handset: Callable[..., Handset]) -> None:
    voiced, mute = handset("road1"), handset("road2")
    for phone, voice in ((voiced, WITH_A_VOICE), (mute, WITHOUT)):
        phone.page.add_init_script(voice + TONES + WATCH)
        phone.open()
        phone.sign_in()
        phone.go_on_duty()
    assert not mute.page.evaluate("'speechSynthesis' in window")
    offer = town.offer("road")
    for phone, words in ((voiced, "接单"), (mute, "同去")):
        phone.see("screen-offer")
        phone.wait_words("bar", words)
        phone.hold()
        phone.see("screen-action")
    assert "江城银行滨江路支行" in said(voiced)[0][1]
    spoken = [text for _lang, text in said(voiced)]
    voiced.hold()
    for phone in (voiced, mute):
        phone.wait_words("bar", "到场")
        phone.page.evaluate("window.said = []; window.tones = []")

    town.say(offer, "他挪到 3 号窗口了")
    voiced.until(lambda: ["zh-CN", "他挪到 3 号窗口了"] in said(voiced), "it was not spoken")
    mute.wait_words("shout", "3 号窗口")
    town.moved("road", "二楼贵宾室")
    voiced.until(lambda: "二楼贵宾室" in said(voiced)[-1][1], "the place was not spoken")
    mute.wait_words("shout", "二楼贵宾室")

    for phone in (voiced, mute):
        tones: list[int] = phone.page.evaluate("window.tones")
        assert tones == [TICK_HZ, TICK_HZ, TICK_HZ], "one tick for words, two for a place"
    assert voiced.page.locator("[data-testid=shout]").count() == 0
    size = mute.page.evaluate(
        "parseFloat(getComputedStyle(document.querySelector('[data-testid=shout]')).fontSize)"
    )
    assert size >= 32
    aloud = " ".join([*spoken, *(text for _lang, text in said(voiced))])
    assert not re.search(r"王|6 ?万|60,?000|\d{5}", aloud), "no name, no sum, no number"
    not_the_next_step(mute, voiced)
    silent_with_him(town, offer, voiced)
    no_help_after_the_tabs(voiced)


def not_the_next_step(phone: Handset, mate: Handset) -> None:
    """His mate arrives while he holds "arrived": that hold does nothing, and the bar says so."""
    phone.ready()
    phone.page.evaluate("window.stopped = performance.now()")
    phone.thumb_down("bar")
    phone.page.evaluate("window.stopped += 300")
    mate.hold()
    phone.page.wait_for_selector("[data-testid=bar][data-swallowed=true][data-hold='0']")
    phone.wait_words("bar", "没有算")
    phone.page.evaluate("window.stopped = null")
    phone.page.mouse.up()
    assert "arrive" not in [row["type"] for row in phone.rows("commands")]


def no_help_after_the_tabs(phone: Handset) -> None:
    """The screen changes while he presses for help: nobody is called silently afterwards."""
    phone.ready()
    phone.page.evaluate("window.stopped = performance.now()")
    phone.thumb_down("tab-help")
    phone.page.evaluate("document.querySelector('[data-testid=tab-case]').click()")
    phone.see("screen-case")
    phone.page.evaluate("window.stopped += 2000")
    phone.page.wait_for_timeout(300)
    assert "help" not in [row["type"] for row in phone.rows("commands")]


def silent_with_him(town: Town, offer: str, phone: Handset) -> None:
    """From arriving on nothing sounds: he sits opposite."""
    phone.page.wait_for_selector("[data-testid=bar][data-hold='0']")
    phone.page.evaluate("window.said = []; window.tones = []")

    town.say(offer, "家人十分钟后到")
    phone.wait_words("log", "家人十分钟后到")

    assert said(phone) == []
    assert phone.page.evaluate("window.tones") == []


def said(phone: Handset) -> list[list[str]]:
    """Return what was spoken: language and words."""
    found: list[list[str]] = phone.page.evaluate("window.said")
    return found
