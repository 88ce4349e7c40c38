"""*Send the bank-lobby alert*: a press is a signed alert through the feed's own door, about somebody new."""

import pytest
from django.test import Client
from pytest_django import Settings

from fieldops.cases.models import Case, Person
from fieldops.demo.alerts import SCENES, sample
from fieldops.demo.api import send_signed
from fieldops.intake.forms import AlertIn
from fieldops.intake.models import Alert, FeedKey, FeedNonce
from fieldops.lib.sealed import open_row
from fieldops.places.queries import school_by_code
from fieldops.teams.models import Center, User
from tests.make import BACKEND

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(seeded: Center, settings: Settings) -> Settings:
    settings.DEMO = True
    return settings


def press(scene: str, who: str = "duty"):  # type: ignore[no-untyped-def]
    client = Client()
    client.force_login(User.objects.get(username=who), backend=BACKEND)
    return client.post(f"/demo/{scene}")


class TestSend:
    @pytest.mark.parametrize("scene", SCENES)
    def test_each_press_opens_a_case(self, demo: Settings, scene: str) -> None:
        people = Person.objects.count()

        first, second = press(scene), press(scene, "supervisor")

        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json()["case"]["id"] != second.json()["case"]["id"]
        assert Person.objects.count() == people + 2
        case = Case.objects.get(pk=second.json()["case"]["id"])
        assert case.person.possible_duplicate_of is None
        assert case.person.birth_year == {"bank-lobby": 1974, "dormitory": 2006}[scene]

    def test_it_comes_through_the_feed(self, demo: Settings) -> None:
        press("bank-lobby")

        alert = Alert.objects.get(via="feed")
        assert open_row(alert)["amount_at_risk_fen"] == 6_000_000
        assert FeedNonce.objects.count() == 1

    def test_it_is_refused_as_the_city_would_be(self, demo: Settings) -> None:
        FeedKey.objects.update(revoked_at="2026-01-01T00:00:00Z")

        assert press("bank-lobby").status_code == 401
        assert send_signed(b"{}").status_code == 401

    @pytest.mark.parametrize(
        ("scene", "who", "status"), [("bank-lobby", "alpha1", 403), ("nowhere", "duty", 404)]
    )
    def test_it_refuses_others_and_other_scenes(
        self, demo: Settings, scene: str, who: str, status: int
    ) -> None:
        assert press(scene, who).status_code == status
        assert not Alert.objects.filter(via="feed").exists()

    def test_it_is_not_there_outside_demo_mode(self, demo: Settings) -> None:
        demo.DEMO = False

        assert press("bank-lobby").status_code == 404
        assert Client().post("/demo/bank-lobby").status_code == 401


class TestSamples:
    @pytest.mark.parametrize("scene", SCENES)
    def test_the_feed_takes_them(self, scene: str) -> None:
        AlertIn(data=sample(scene)).is_valid(raise_exception=True)

    def test_the_student_is_of_a_linked_school(self, demo: Settings) -> None:
        code = sample("dormitory")["person"]["school_code"]

        assert school_by_code(code, Center.objects.get()).name == "江东科技学院"  # type: ignore[union-attr]
