"""Search finds people blindly, and only within reach."""

import pytest

from fieldops.cases.actions.people import Who
from tests import make


@pytest.fixture
def wang(town):
    """王庆和's case beside others'."""
    for name, phone in (("李四", "13900001111"), ("John Smith", "13900002222")):
        make.case(town, who=Who(name=name, phone=phone))
    who = Who(name="王庆和", phone="13812345678", id_number="50010119900101123X")
    return make.case(town, who=who)


def found(api, user, text, **more):
    """Return the numbers of the cases found."""
    return [row["number"] for row in api(user).get("cases", text=text, **more).json()["results"]]


@pytest.mark.parametrize(
    "text",
    [
        "王庆和",
        "王",
        "庆",
        "wqh",
        "WQH",
        "13812345678",
        "138 1234 5678",
        "+8613812345678",
        "50010119900101123x",
    ],
)
def test_it_finds_by(api, town, wang, text):
    assert found(api, town.duty, text) == [wang.number]


def test_it_finds_by_number(api, town, wang):
    assert wang.number in found(api, town.duty, wang.number)


@pytest.mark.parametrize("text", ["张", "1381234", "wq", "%", "_", "'", "\\", "王" * 500])
def test_it_finds_none_by(api, town, wang, text):
    assert wang.number not in found(api, town.duty, text)


def test_nothing_asked_is_everything(api, town, wang):
    assert len(found(api, town.duty, "")) == 3


@pytest.mark.parametrize("name", ["stranger", "alpha1", "bravo1", "analyst"])
def test_it_does_not_tell_others_whom_the_centre_knows(api, town, wang, name):
    assert found(api, town.users[name], "13812345678") == []


def test_a_crew_finds_only_its_own(api, town, wang):
    taken = make.accepted(town, make.at_bank(town, make.called(town, wang)))

    assert found(api, town.alpha1, "王") == [taken.case.number]
    assert found(api, town.alpha1, "李") == []


def test_it_narrows_by_stage_and_level(api, town, wang):
    make.called(town, wang)

    assert found(api, town.duty, "", stage="to_send") == [wang.number]
    assert len(found(api, town.duty, "", level="critical")) == 3
    assert found(api, town.duty, "", level="low") == []
    assert api(town.duty).get("cases", stage="nowhere").status_code == 400


def test_pages_go_on_where_they_ended(api, town):
    numbers = [make.case(town).number for _ in range(53)]

    first = api(town.duty).get("cases").json()
    second = api(town.duty).client.get(first["next"]).json()

    seen = [row["number"] for row in first["results"] + second["results"]]
    assert sorted(seen) == sorted(numbers)
    assert second["next"] is None


def test_a_list_shows_masks_only(api, town, wang):
    text = api(town.duty).get("cases").content.decode()

    assert "王庆和" not in text
    assert "13812345678" not in text
    assert "50010119900101123X" not in text
    assert "138****5678" in text
