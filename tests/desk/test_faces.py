"""One face for each time and sum (ui/desk.md §3, §7)."""

import datetime as dt

import pytest
from django.utils.translation import override

from fieldops.desk import faces

AT = dt.datetime(2026, 11, 18, 7, 42, tzinfo=dt.UTC)  # 15:42 in Shanghai


@pytest.mark.parametrize(
    ("seconds", "face", "urgency"),
    [
        (-108, "超 1:48", "over"),
        (280, "4:40", "soon"),
        (3599, "59:59", "near"),
        (4 * 3600, "至 19:42", "far"),
    ],
)
def test_the_loss_clock(seconds, face, urgency):
    due = AT + dt.timedelta(seconds=seconds)

    with override("zh-hans"):
        assert faces.clock_face(due, AT) == face
    assert faces.clock_class(due, AT) == urgency


def test_a_clock_of_another_day_shows_the_day():
    with override("zh-hans"):
        assert faces.clock_face(AT + dt.timedelta(hours=30), AT) == "至 11-19"


def test_sums_on_strips_and_on_the_case():
    with override("zh-hans"):
        assert [faces.sum_short(fen) for fen in (6_000_000, 320_000, 60_000, 0, None)] == [
            "6 万", "0.32 万", "0.06 万", "", "",
        ]  # fmt: skip
        assert [faces.sum_full(fen) for fen in (6_000_000, 0, None)] == ["6.00 万", "0", "—"]
    with override("en"):
        assert [faces.sum_short(fen) for fen in (6_000_000, 320_000, 60_000)] == ["¥60k", "¥3.2k", "¥600"]
        assert faces.sum_full(6_000_000) == "¥60,000"
