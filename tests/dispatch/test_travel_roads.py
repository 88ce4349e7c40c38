"""Travel by a service that knows the roads: asked over real HTTP, outside transactions, and not relied on."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from fieldops.dispatch import picture, travel_roads
from fieldops.dispatch.models import Assignment
from fieldops.dispatch.recommend import recommend
from fieldops.dispatch.travel import GETTING_READY_S, StraightLine
from fieldops.dispatch.travel_roads import LEFT_ALONE_S, RoadService
from fieldops.lib.clock import now
from tests import make

CREWS = np.array([[107.40, 29.71], [107.41, 29.70]])
PLACES = np.array([[107.36, 29.69], [np.nan, np.nan], [107.37, 29.72]])
NOON = now().replace(hour=4)
ROAD_S = 777.0


class Roads(BaseHTTPRequestHandler):
    """Says the same of every way, or what it is told to say."""

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append(question)
        status, answer = self.server.says(question)
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass  # nobody waits any more

    def log_message(self, *args):
        pass


def table(question, value=ROAD_S):
    return 200, {"seconds": [[value for _ in question["from"]] for _ in question["to"]]}


def slow(question):
    time.sleep(4)
    return table(question)


@pytest.fixture
def roads(settings, monkeypatch):
    """A road service on a free port, and a process that has not asked it yet."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Roads)
    server.heard, server.says = [], table
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.TRAVEL_URL = f"http://127.0.0.1:{server.server_port}/table"
    monkeypatch.setattr(picture, "ROADS", RoadService())
    yield server
    server.shutdown()
    server.server_close()


def drives(service):
    """Return the travel and the seconds to the three places."""
    travel = service.travel(StraightLine(), CREWS, PLACES)
    return travel, travel.drive_s(CREWS, PLACES, NOON)


ESTIMATE = StraightLine().drive_s(CREWS, PLACES, NOON)


class TestService:
    def test_it_is_asked_for_the_whole_table_and_told_only_points(self, roads):
        travel, seconds = drives(RoadService())

        assert roads.heard == [
            {"from": [[107.40, 29.71], [107.41, 29.70]], "to": [[107.36, 29.69], [107.37, 29.72]]}
        ]
        assert seconds[0].tolist() == seconds[2].tolist() == [ROAD_S, ROAD_S]
        assert np.isnan(seconds[1]).all()
        assert [travel.basis(row, 0) for row in range(3)] == ["road", "assumed", "road"]

    def test_what_it_said_is_remembered_for_a_while(self, roads, monkeypatch):
        service = RoadService()
        drives(service)
        drives(service)

        assert len(roads.heard) == 1
        monkeypatch.setattr(travel_roads, "REMEMBERED_S", -1.0)
        service = RoadService()
        drives(service)
        drives(service)
        assert len(roads.heard) == 3

    def test_where_it_knows_no_way_the_estimate_stands(self, roads):
        roads.says = lambda question: (200, {"seconds": [[60, None], [None, 0]]})

        travel, seconds = drives(RoadService())

        assert (seconds[0, 0], seconds[2, 1]) == (60, 0)
        assert seconds[0, 1] == ESTIMATE[0, 1] and seconds[2, 0] == ESTIMATE[2, 0]
        assert (travel.basis(0, 0), travel.basis(0, 1)) == ("road", "assumed")

    @pytest.mark.parametrize(
        "says",
        [
            slow,
            lambda q: (500, {}),
            lambda q: (302, table(q)[1]),
            lambda q: (200, b"no json"),
            lambda q: (200, b"[" * 100_000),
            lambda q: (200, [1]),
            lambda q: (200, {"seconds": [[1, 2]]}),
            lambda q: (200, {"seconds": [[1], [2]]}),
            lambda q: table(q, -1),
            lambda q: table(q, "60"),
            lambda q: table(q, True),
            lambda q: table(q, float("nan")),
            lambda q: (200, b" " * 2_000_000),
        ],
        ids=["slow", "500", "redirect", "text", "deep", "list", "rows", "columns", "past", "words", "bool",
             "nan", "long"],
    )  # fmt: skip
    def test_an_answer_that_is_none_leaves_the_estimate_and_it_alone(self, roads, says, monkeypatch):
        service, roads.says = RoadService(), says

        travel, seconds = drives(service)
        drives(service)

        assert np.array_equal(seconds, ESTIMATE, equal_nan=True) and travel.basis(0, 0) == "assumed"
        assert len(roads.heard) == 1

        roads.says, late = table, time.monotonic() + LEFT_ALONE_S + 1
        monkeypatch.setattr(travel_roads.time, "monotonic", lambda: late)
        assert drives(service)[0].basis(0, 0) == "road"

    def test_a_service_that_is_not_there_is_like_one_that_is_silent(self, settings):
        settings.TRAVEL_URL = "http://127.0.0.1:9/table"

        assert np.array_equal(drives(RoadService())[1], ESTIMATE, equal_nan=True)


class TestInside:
    def test_it_is_never_asked_inside_a_transaction_and_the_reasons_say_so(self, town, roads):
        ready = make.at_bank(town, make.called(town, make.case(town)))

        first = recommend(ready, at=now())[0]

        assert roads.heard == [] and first.basis == "assumed"
        assert "no_road_time" in [reason["code"] for reason in first.reasons]

    @pytest.mark.parametrize(
        ("lang", "says"), [("en", "the road service said nothing"), ("zh-hans", "估算"), ("zh-hant", "應答")]
    )
    def test_the_card_says_it(self, town, client, roads, lang, says):
        ready = make.at_bank(town, make.called(town, make.case(town)))
        client.force_login(town.duty, backend=make.BACKEND)

        page = client.get(f"/cases/{ready.pk}", headers={"accept-language": lang}).content.decode()

        assert says in page

    def test_without_a_service_nothing_is_said_of_one(self, town):
        ready = make.at_bank(town, make.called(town, make.case(town)))

        assert "no_road_time" not in [reason["code"] for reason in recommend(ready, at=now())[0].reasons]


@pytest.mark.django_db(transaction=True)
def test_an_offer_counts_with_what_was_asked_for_the_page(transactional_db, town, api, roads):
    ready = make.at_bank(town, make.called(town, make.case(town)))

    crews = api(town.duty).get(f"cases/{ready.pk}/recommendation").json()["crews"]
    assert [(crew["basis"], crew["eta_s"]) for crew in crews] == [("road", GETTING_READY_S + ROAD_S)] * 2
    roads.says = lambda question: (500, {})
    sent = api(town.duty).post(f"cases/{ready.pk}/offer", {"team": crews[0]["team"]["id"]})

    assert sent.status_code == 201
    assert Assignment.objects.get().eta_s == GETTING_READY_S + ROAD_S
    assert len(roads.heard) == 1
