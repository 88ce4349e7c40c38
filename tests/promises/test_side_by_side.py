"""What a centre does at once does not stand in its own way: alerts come in while crews are sent."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from fieldops.dispatch.actions import offer_assignment, recall_assignment
from fieldops.lib.clock import now
from tests import make
from tests.intake.feed import City

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def again_and_again(work: Callable[[], Any], many: int = 2) -> Iterator[list[Any]]:
    """Do the work in threads of its own until the block is over; yield what came of each time."""
    found: list[Any] = []
    over = threading.Event()

    def loop() -> None:
        try:
            while not over.is_set():
                found.append(work())
        except Exception as error:
            found.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=loop) for _ in range(many)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_alerts_and_offers_of_one_centre(town: make.Town) -> None:
    """Both hold the centre's rows and the desk's feed; neither waits for the other in a ring."""
    city = City(town.center)
    cases = [make.at_bank(town, make.called(town, make.case(town))) for _ in range(10)]

    with again_and_again(lambda: told(city.send(make.alert_body()))) as answers:
        for case in cases:
            row = offer_assignment(
                case_id=case.pk, shift=town.alpha, by=town.by("duty"), at=now(), reason="the nearest"
            )
            recall_assignment(assignment_id=row.pk, by=town.by("supervisor"), at=now(), reason="next")

    assert answers and set(map(str, answers)) == {"201"}


def told(answer: Any) -> Any:
    """Return the status, and the words where it is not taken."""
    return answer.status_code if answer.status_code == 201 else answer.content
