"""Every code a page can meet has words; lines and reasons take their parameters."""

import re
from pathlib import Path

import pytest
from django.utils.translation import override

from fieldops.cases.lines import LINES
from fieldops.cases.triage import RULES
from fieldops.desk import words
from fieldops.desk.sentences import alarm_words, gate_words, line_words, ranking_words, triage_words
from fieldops.desk.visittrack import VOICE
from fieldops.dispatch.forms import CANNED
from fieldops.dispatch.gate import CHECKS

CODE = Path(__file__).resolve().parents[2] / "fieldops"
RAISES = re.compile(r"raise_alarm\([^)]*?kind=\"(\w+)\"|_alarm\(\s*row, \"(\w+)\"", re.S)


def alarm_kinds() -> set[str]:
    texts = [path.read_text("utf-8") for path in CODE.rglob("*.py") if "desk" not in path.parts]
    return {kind for text in texts for pair in RAISES.findall(text) for kind in pair if kind}


def test_every_alarm_that_is_raised_has_a_name_and_a_sentence():
    kinds = alarm_kinds()

    assert {"not_delivered", "stop_payment", "notice_silent", "follow_up"} <= kinds
    assert kinds - set(words.ALARMS) == set()
    assert kinds - set(words.WORDS["alarm"]) == set()


def test_every_rule_of_triage_gate_and_voice_has_words():
    assert {code for code, _holds, _channel in RULES} - set(words.TRIAGE) == set()
    assert {code for code, _verdict, _holds in CHECKS} - set(words.GATE) == set()
    assert set(CANNED) - set(words.WORDS["canned"]) == set()
    assert {code for codes in VOICE.values() for code in codes} - set(words.WORDS["command"]) == set()


@pytest.mark.parametrize("code", sorted(LINES))
def test_a_line_without_its_parameters_is_still_a_line(code):
    line_words(code, {})


def test_codes_among_parameters_are_put_into_words():
    with override("zh-hans"):
        assert (
            line_words("call.closed", {"result": "connected", "state": "convinced"}) == "通话：接通，之后深信"
        )
        assert line_words("message", {"name": "吴桐", "canned": "at_the_door", "text": ""}).startswith(
            "吴桐："
        )
        assert "at_the_door" not in line_words("message", {"name": "吴桐", "canned": "at_the_door"})
        assert "engaged" not in line_words("declined", {"name": "吴桐", "reason": "engaged"})


def test_reasons_are_sentences_with_their_parameters():
    with override("en"):
        assert triage_words([{"code": "level", "params": {"level": "critical"}}]) == ["Level critical"]
        silent = {"who": [{"name": "Wu", "problem": "locked"}]}
        assert gate_words([{"code": "cannot_ring_some", "params": silent}]) == [
            "A phone cannot ring: Wu locked"
        ]
        assert ranking_words([{"code": "distance", "params": {"metres": 1840}}]) == ["1.8 km away"]
        ring = {"team": "Alpha", "ring": [{"name": "Wu", "phone": "023-1"}]}
        assert alarm_words("not_delivered", ring) == "Alpha: not on the phone of Wu 023-1. Ring them"


def test_names_are_joined_as_the_reader_does_and_older_lines_stay_readable():
    kept = {"team": "Alpha", "joined": ["李敏", "吴桐"], "left": []}
    older = {"team": "Alpha", "joined": "李敏、吴桐", "left": "—"}

    with override("en"):
        assert line_words("crew.changed", kept) == "Alpha: 李敏, 吴桐 joined, — left"
        assert alarm_words("desk_asleep", {"names": ["Li", "Wu"]}).endswith("Li, Wu")
    with override("zh-hans"):
        assert "李敏、吴桐" in line_words("crew.changed", kept)
        assert line_words("crew.changed", kept) == line_words("crew.changed", older)
        assert alarm_words("desk_asleep", {"names": "李敏, 吴桐"}).endswith("李敏, 吴桐")


def test_no_python_joins_names_in_one_language():
    wrong = [
        path.name for path in CODE.rglob("*.py") if re.search(r'"[、，]\s*"\.join', path.read_text("utf-8"))
    ]

    assert wrong == []
