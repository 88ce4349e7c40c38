"""The city's signed feed: each alert once, whatever is repeated, forged or malformed."""

import datetime as dt
import json
import time

import pytest

from fieldops.audit.models import AuditRow
from fieldops.cases.actions import close_case
from fieldops.cases.models import Case
from fieldops.feed.models import Alarm, desk
from fieldops.intake.actions import make_feed_key, revoke_feed_key
from fieldops.intake.models import Alert, FeedKey, FeedNonce
from fieldops.lib.clock import iso, now
from fieldops.lib.errors import Problem
from fieldops.lib.geo import haversine_m
from fieldops.lib.sealed import open_row
from tests import make
from tests.contract import heard, kinds, one
from tests.intake.feed import PATH, SECRET, City
from tests.threads import at_once, raised


@pytest.fixture
def city(town):
    return City(town.center)


def refused(response, status, code):
    """Check that it was refused, and nothing was taken."""
    assert (response.status_code, response.json()["code"]) == (status, code), response.content
    assert not Case.objects.exists()
    assert not Alert.objects.exists()


class TestTake:
    def test_it_opens_a_case(self, town, city):
        body = make.alert_body()

        with heard(desk(town.center.pk)) as events:
            response = city.send(body)

        answer = response.json()
        assert response.status_code == 201
        assert (answer["external_id"], answer["attached"]) == (body["external_id"], False)
        case = Case.objects.get(pk=answer["case"]["id"])
        assert (case.center, case.level, case.amount_at_risk_fen) == (town.center, "critical", 6_000_000)
        assert kinds(events) == ["case.opened"]
        one(events, "case.opened")
        assert AuditRow.objects.get(verb="alert.take").actor_kind == "feed"

    def test_it_keeps_the_body_as_it_came_sealed(self, city):
        body = make.alert_body()
        city.send(body)

        alert = Alert.objects.get()
        assert open_row(alert)["person"] == body["person"]
        assert body["person"]["phone"].encode() not in bytes(alert.sealed)

    def test_the_keys_centre_is_the_alerts(self, town, city):
        City(town.other, key="wanzhou").send()

        assert Case.objects.get().center == town.other

    def test_a_school_is_linked_by_its_code(self, town, city):
        city.send(make.alert_body(person={"phone": "13800007777", "school_code": "JD01"}))

        assert Case.objects.get().person.school == town.school

    def test_a_place_in_gcj02_is_converted(self, city):
        place = {"lng": 106.55, "lat": 29.56, "crs": "gcj02", "text": "渝中"}
        city.send(make.alert_body(place=place))

        where = Case.objects.get().whereabouts
        assert haversine_m(where.lng, where.lat, 106.55, where.lat) == pytest.approx(360, abs=5)
        assert haversine_m(where.lng, where.lat, where.lng, 29.56) == pytest.approx(315, abs=5)

    def test_a_clock_ahead_does_not_hold_where_he_is_now(self, town, api, city):
        """What the desk learns after the alert is newer, whatever the sender's clock said."""
        sent = city.send(make.alert_body(issued_at=iso(now() + dt.timedelta(minutes=9))))
        case_id = sent.json()["case"]["id"]

        said = api(town.duty).post(f"cases/{case_id}/whereabouts", {"source": "call", "text": "bank lobby"})

        assert said.json()["whereabouts"]["text"] == "bank lobby"

    def test_the_audit_names_the_key(self, city):
        city.send()

        assert AuditRow.objects.get(verb="alert.take").extra["key"] == city.key

    def test_the_least_it_may_say(self, city):
        body = make.alert_body()
        least = {key: body[key] for key in ("external_id", "issued_at", "level", "family", "source")}

        assert city.send({**least, "person": {"phone": "13800007777"}}).status_code == 201


class TestAgain:
    def test_the_same_signed_anew_is_the_same(self, city):
        body = make.alert_body()
        first = city.send(body)

        again = city.send(body)

        assert again.status_code == 200
        assert again.json() == first.json()
        assert Case.objects.count() == Alert.objects.count() == 1

    def test_the_order_of_keys_and_the_zone_do_not_matter(self, city):
        body = make.alert_body(issued_at="2026-11-22T10:43:00Z")
        city.send(body)

        turned = dict(reversed(body.items())) | {"issued_at": "2026-11-22T18:43:00+08:00"}

        assert city.send(turned).status_code == 200

    def test_other_content_is_kept_for_review(self, city):
        body = make.alert_body()
        city.send(body)

        response = city.send({**body, "level": "low"})

        assert (response.status_code, response.json()["code"]) == (409, "content_differs")
        kept = Alert.objects.get(pk=response.json()["kept"])
        assert (kept.conflict_with.external_id, open_row(kept)["level"]) == (body["external_id"], "low")
        assert Case.objects.get().level == "critical"

    def test_other_content_is_put_before_the_desk_by_the_names_of_its_parts(self, city):
        body = make.alert_body()
        city.send(body)
        for _ in range(2):
            city.send({**body, "level": "low"})

        alarm = Alarm.objects.get(kind="alert_differs")
        assert alarm.params == {
            "source": body["source"],
            "external_id": body["external_id"],
            "parts": ["level"],
        }
        assert alarm.case_number == Case.objects.get().number

    def test_other_content_twice_is_kept_once(self, city):
        body = make.alert_body()
        for level in ("critical", "low", "low"):
            city.send({**body, "level": level})

        assert Alert.objects.count() == 2
        assert city.send(body).status_code == 200

    def test_a_key_speaks_for_its_own_source_only(self, town, city):
        """The bank's key may not take the number the city's alert will have."""
        bank = City(town.center, key="bank-1", source="bank")

        refused(bank.send(make.alert_body(source="city")), 403, "wrong_source")

    def test_an_alert_from_the_future_is_refused(self, city):
        """A clock ten minutes ahead is a clock; eight hours are a zone written wrong."""
        refused(city.send(make.alert_body(issued_at=iso(now() + dt.timedelta(hours=8)))), 400, "invalid")

    def test_the_same_id_of_another_centre_is_another(self, town, city):
        body = make.alert_body()
        city.send(body)

        assert City(town.other, key="wanzhou").send(body).status_code == 201
        assert Case.objects.count() == 2

    def test_a_new_alert_on_the_person_joins_his_case(self, town, city):
        person = {"name": "王庆和", "phone": "13800007777"}
        first = city.send(make.alert_body(person=person)).json()

        ministry = City(town.center, key="ministry-1", source="ministry")
        second = ministry.send(make.alert_body(person=person, source="ministry"))

        assert (second.status_code, second.json()["attached"]) == (201, True)
        assert second.json()["case"]["id"] == first["case"]["id"]

    def test_a_new_alert_after_the_closing_is_a_new_case(self, town, city):
        person = {"name": "王庆和", "phone": "13800007777"}
        city.send(make.alert_body(person=person))
        close_case(case_id=Case.objects.get().pk, disposition="handled", by=town.by("duty"), at=now())

        assert city.send(make.alert_body(person=person)).json()["attached"] is False


class TestSignature:
    @pytest.mark.parametrize(
        "wrong",
        [
            pytest.param({"X-Feed-Signature": "0" * 64}, id="another signature"),
            pytest.param({"X-Feed-Signature": ""}, id="no signature"),
            pytest.param({"X-Feed-Signature": "ü"}, id="no hex"),
            pytest.param({"X-Feed-Key": "nobody"}, id="unknown key"),
            pytest.param({"X-Feed-Key": ""}, id="no key"),
            pytest.param({"X-Feed-Nonce": "another-nonce"}, id="another nonce"),
            pytest.param({"X-Feed-Timestamp": "1"}, id="another time"),
            pytest.param({"X-Feed-Timestamp": "now"}, id="no time"),
            pytest.param({"X-Feed-Timestamp": "9" * 40}, id="endless time"),
        ],
    )
    def test_it_is_refused_with(self, city, wrong):
        refused(city.send(**wrong), 401, "bad_signature")

    def test_nul_in_a_header_is_read_by_nobody(self, city):
        refused(city.send(**{"X-Feed-Key": "a\x00b"}), 400, "malformed")

    @pytest.mark.parametrize("off_s", [-310, 330, -86400])
    def test_it_is_refused_outside_the_window(self, city, off_s):
        raw = json.dumps(make.alert_body()).encode()

        refused(city.post(raw, city.headers(raw, at=time.time() + off_s)), 401, "bad_signature")

    @pytest.mark.parametrize("off_s", [-240, 290])
    def test_it_is_taken_within_the_window(self, city, off_s):
        raw = json.dumps(make.alert_body()).encode()

        assert city.post(raw, city.headers(raw, at=time.time() + off_s)).status_code == 201

    @pytest.mark.parametrize("nonce", ["short", "x" * 65, "with blank in it"])
    def test_a_nonce_is_eight_to_sixty_four_signs(self, city, nonce):
        raw = json.dumps(make.alert_body()).encode()

        refused(city.post(raw, city.headers(raw, nonce=nonce)), 401, "bad_signature")

    def test_the_signature_is_over_these_bytes(self, city):
        raw = json.dumps(make.alert_body()).encode()

        refused(city.post(raw + b" ", city.headers(raw)), 401, "bad_signature")

    def test_the_signature_is_over_this_path(self, city):
        refused(city.send(path=f"{PATH}?x=1"), 401, "bad_signature")

    def test_without_headers(self, client, city):
        refused(client.post(PATH, {}, content_type="application/json"), 401, "bad_signature")

    def test_every_refusal_looks_alike(self, city):
        answers = [
            city.send(**{"X-Feed-Key": "nobody"}).json(),
            city.send(**{"X-Feed-Timestamp": "1"}).json(),
        ]

        assert answers[0] == answers[1]

    def test_a_body_that_is_a_form_is_not_read(self, client, city):
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            refused(client.post(PATH, b"a=b", content_type=kind), 401, "bad_signature")


class TestReplay:
    def test_the_same_request_is_refused(self, city):
        raw = json.dumps(make.alert_body()).encode()
        headers = city.headers(raw)
        assert city.post(raw, headers).status_code == 201

        again = city.post(raw, headers)

        assert (again.status_code, again.json()["code"]) == (401, "replayed")
        assert Case.objects.count() == 1

    def test_a_nonce_is_one_keys(self, town, city):
        raw = json.dumps(make.alert_body()).encode()
        city.post(raw, city.headers(raw, nonce="the-same-nonce"))
        other = City(town.other, key="wanzhou")

        assert other.post(raw, other.headers(raw, nonce="the-same-nonce")).status_code == 201

    def test_a_refused_alert_does_not_use_its_nonce_up(self, city):
        wrong, right = b'{"level": "huge"}', json.dumps(make.alert_body()).encode()
        city.post(wrong, city.headers(wrong, nonce="the-same-nonce"))

        assert city.post(right, city.headers(right, nonce="the-same-nonce")).status_code == 201

    def test_old_nonces_are_forgotten(self, city):
        city.send()
        FeedNonce.objects.update(at=now() - dt.timedelta(hours=1))

        city.send()

        assert FeedNonce.objects.count() == 1


class TestKeys:
    def test_two_live_at_once(self, town, city):
        second = City(town.center, key="city-2", secret="the next one")

        assert city.send().status_code == 201
        assert second.send().status_code == 201

    def test_a_third_is_refused(self, town, city):
        City(town.center, key="city-2")

        with pytest.raises(Problem) as refused_:
            City(town.center, key="city-3")
        assert refused_.value.code == "two_live_keys"
        City(town.center, key="ministry-1", source="ministry")

    def test_a_revoked_one_is_refused_at_once(self, town, city):
        revoke_feed_key(key="city-1", at=now())

        refused(city.send(), 401, "bad_signature")
        City(town.center, key="city-2")
        assert FeedKey.objects.count() == 2

    def test_the_secret_is_sealed(self, town, city):
        assert SECRET.encode() not in bytes(FeedKey.objects.get().sealed)


class TestBody:
    @pytest.mark.parametrize(
        "raw",
        [
            pytest.param(b"", id="nothing"),
            pytest.param(b"[]", id="a list"),
            pytest.param(b'"x"', id="a text"),
            pytest.param(b"{", id="half"),
            pytest.param(b"\xff", id="not UTF-8"),
            pytest.param(b"[" * 100_000, id="bottomless"),
            pytest.param(b'{"amount_at_risk_fen": NaN}', id="NaN"),
            pytest.param(b'{"amount_at_risk_fen": 1e999}', id="infinity"),
            pytest.param(b'{"amount_at_risk_fen": ' + b"9" * 5000 + b"}", id="huge integer"),
            pytest.param(b'{"note": "\\u0000"}', id="NUL"),
            pytest.param(b'{"note": "\\ud800"}', id="surrogate"),
        ],
    )
    def test_it_refuses_bytes(self, city, raw):
        response = city.send(raw=raw)

        assert response.status_code == 400, response.content
        assert response.json()["code"] in ("malformed", "invalid")
        assert not Alert.objects.exists()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"status": "x"},
            {"person": {"phone": "13800007777", "nickname": "x"}},
            {"place": {"lng": 107, "lat": 29, "text": "x", "zoom": 3}},
            {"suspect": {"cars": ["x"]}},
            {"level": "huge"},
            {"family": "post"},
            {"person": {}},
            {"person": None},
            {"person": {"phone": ""}},
            {"external_id": ""},
            {"external_id": "x" * 81},
            {"issued_at": "9999-12-31T23:59:59Z"},
            {"issued_at": "0001-01-01T00:00:00+14:00"},
            {"issued_at": "yesterday"},
            {"amount_at_risk_fen": -1},
            {"amount_at_risk_fen": 10**15},
            {"amount_at_risk_fen": 1.5},
            {"place": {"lng": 1e308, "lat": 29, "text": "x"}},
            {"place": {"lng": 107, "lat": 91, "text": "x"}},
            {"suspect": {"phones": ["1"] * 21}},
        ],
    )
    def test_it_refuses_fields(self, city, wrong):
        refused(city.send(make.alert_body(**wrong)), 400, "invalid")


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_one_alert_sent_by_many_is_one_case(self):
        town = make.town()
        city = City(town.center)
        body = make.alert_body()

        results = at_once(*[lambda: city.send(body).status_code for _ in range(4)])

        assert sorted(results) == [200, 200, 200, 201]
        assert Case.objects.count() == 1

    def test_one_request_replayed_by_many_is_taken_once(self):
        town = make.town()
        city = City(town.center)
        raw = json.dumps(make.alert_body()).encode()
        headers = city.headers(raw)

        results = at_once(*[lambda: city.post(raw, headers).status_code for _ in range(4)])

        assert sorted(results) == [201, 401, 401, 401]

    def test_two_alerts_on_one_person_are_one_case(self):
        town = make.town()
        city = City(town.center)
        person = {"name": "王庆和", "phone": "13800007777"}

        results = at_once(*[lambda: city.send(make.alert_body(person=person)).status_code for _ in range(3)])

        assert results == [201] * 3
        assert Case.objects.count() == 1

    def test_two_third_keys_made_at_once_are_refused(self):
        town = make.town()
        City(town.center)

        def make_key(number):
            return make_feed_key(center=town.center, source="city", key=f"k{number}", secret="x", at=now())

        results = at_once(*[lambda number=number: make_key(number) for number in range(3)])

        assert [error.code for error in raised(results)] == ["two_live_keys"] * 2
