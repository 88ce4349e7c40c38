"""Where he is now: the newest credible word, and everybody on the way hears it."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from fieldops.cases.actions import close_case, say_whereabouts
from fieldops.cases.models import Case, Whereabouts
from fieldops.lib.clock import iso, now
from fieldops.lib.errors import Invalid
from tests import make
from tests.contract import heard, kinds, one
from tests.verify import verify_feed


def say(town, row, **fields):
    """Say where he is."""
    values = {"source": "call", "text": "counter 3", "at": now(), **fields}
    return say_whereabouts(case_id=row.pk, by=town.by("duty"), **values)


def where(row):
    return Case.objects.get(pk=row.pk).whereabouts


class TestSay:
    def test_a_place_gives_name_and_point(self, town, row, desk_feed):
        with heard(desk_feed) as events:
            say(town, row, place=town.bank, text="", detail="lobby")

        assert kinds(events) == ["whereabouts.changed"]
        event = one(events, "whereabouts.changed")
        told = event["body"]["whereabouts"]
        assert (told["text"], told["detail"], told["place_kind"]) == (
            "Binjiang branch",
            "lobby",
            "bank_branch",
        )
        assert (told["lng"], told["lat"]) == make.BANK
        assert event["line"]["params"]["text"] == "Binjiang branch lobby"

    def test_the_crew_on_the_way_hears_of_it(self, town, followed):
        with verify_feed(town.alpha1):
            say(town, followed)

    def test_the_same_word_again_is_harmless(self, town, row, desk_feed):
        say(town, row)

        with heard(desk_feed) as events:
            say(town, row, source="relative")

        assert events == []
        assert Whereabouts.objects.filter(text="counter 3").count() == 1

    def test_the_same_words_at_another_point_are_news(self, town, row):
        say(town, row, text="in a taxi", lng=107.39, lat=29.70)
        say(town, row, text="in a taxi", lng=107.41, lat=29.71)

        assert where(row).lng == 107.41

    def test_that_he_is_still_there_is_news_when_the_word_is_old(self, town, row):
        say(town, row, at=now() - dt.timedelta(hours=1))
        say(town, row)

        assert where(row).good_until > now()

    def test_a_word_that_comes_late_does_not_undo_a_newer_one(self, town, row):
        say(town, row, text="the bank")
        say(town, row, text="home", said_at=now() - dt.timedelta(hours=2))

        assert where(row).text == "the bank"
        assert Whereabouts.objects.filter(text="home").exists()

    def test_a_closed_case_is_past_it(self, api, town, row):
        close_case(case_id=row.pk, disposition="handled", by=town.by("duty"), at=now())

        response = api(town.duty).post(f"cases/{row.pk}/whereabouts", {"source": "call", "text": "x"})

        assert (response.status_code, response.json()["code"]) == (409, "closed")


@pytest.mark.parametrize("half", ["lng", "lat"])
def test_half_a_point_is_none(town, row, half):
    with pytest.raises(Invalid):
        say(town, row, **{half: 29.7})


@pytest.mark.django_db(transaction=True)
def test_rows_from_before_keep_their_words_and_lose_the_half():
    row = make.case(make.town())
    MigrationExecutor(connection).migrate([("cases", "0004_mask_who_reached_him")])
    Whereabouts.objects.filter(case=row).update(lat=None)

    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())

    assert (where(row).text, where(row).lng_lat, where(row).lng) == ("home", None, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Whereabouts.objects.update(lng=107.4)


class TestEndpoint:
    def post(self, api, town, row, **body):
        return api(town.duty).post(f"cases/{row.pk}/whereabouts", {"source": "call", **body})

    def test_it_takes_a_place(self, api, town, row):
        body = self.post(api, town, row, place=str(town.bank.pk), detail="counter 3").json()

        assert body["whereabouts"]["place_id"] == str(town.bank.pk)

    def test_another_centres_place_is_not_there(self, api, town, row):
        theirs = make.place(town.other, "bank_branch", "Their bank", 108.4, 30.8)

        assert self.post(api, town, row, place=str(theirs.pk)).status_code == 404

    def test_it_wants_a_place_or_words(self, api, town, row):
        assert self.post(api, town, row).status_code == 400

    @pytest.mark.parametrize(
        "wrong",
        [
            {"source": "dream"},
            {"lng": 181, "lat": 29},
            {"lng": 107.39},
            {"lat": 29.7},
            {"lng": "nan", "lat": "nan"},
            {"lat": "north"},
            {"said_at": iso(now() + dt.timedelta(hours=1))},
            {"good_until": "9999-12-31T23:59:59Z"},
            {"text": "x" * 121},
        ],
    )
    def test_it_refuses(self, api, town, row, wrong):
        assert self.post(api, town, row, **{"text": "x", **wrong}).status_code == 400
