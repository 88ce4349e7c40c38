"""What every request must pass, and how a refusal looks."""

import pytest
from django.db import OperationalError
from django.test import Client

from fieldops.cases import queries
from tests import make


@pytest.fixture
def client(town):
    return Client()


def refused(response, status, code):
    """Check the problem document."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:fieldops:{code}")
    assert body["title"]


class TestGuard:
    @pytest.mark.parametrize("path", ["/api/v1/cases?text=%00", "/api/v1/cases?text=%ff%fe", "/api/v1/%00"])
    def test_it_refuses_what_cannot_be_stored(self, client, path):
        refused(client.get(path), 400, "malformed")

    @pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
    def test_it_refuses_nul_in_a_form(self, client, kind):
        body = (
            b"a=b%00"
            if "url" in kind
            else b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\x00\r\n--x--\r\n'
        )

        refused(client.post("/sign-in", body, content_type=kind), 400, "malformed")

    @pytest.mark.parametrize("path", ["/sign-in", "/api/v1/cases", "/_allauth/browser/v1/auth/session"])
    def test_it_refuses_nul_in_a_cookie(self, client, path):
        """A quoted cookie may spell it in ASCII; PostgreSQL would not look such a session up."""
        refused(client.get(path, headers={"cookie": 'sessionid="abcdefghij\\000"'}), 400, "malformed")

    def test_it_refuses_nul_in_a_header(self, client):
        refused(client.get("/sign-in", headers={"user-agent": "a\x00b"}), 400, "malformed")

    def test_it_refuses_a_host_it_does_not_serve(self, client):
        refused(client.get("/api/v1/cases", headers={"host": "evil.example"}), 400, "bad_host")


class TestProblems:
    def test_an_unknown_row_and_an_unreachable_one_look_alike(self, api, town):
        row = make.case(town)
        theirs = api(town.stranger).get(f"cases/{row.pk}")
        nobodys = api(town.stranger).get("cases/00000000-0000-7000-8000-000000000000")

        refused(theirs, 404, "not_found")
        assert theirs.json() == nobodys.json()

    def test_who_asks_for_what_is_not_his_is_written_down_by_ids(self, api, town, caplog):
        row = make.case(town)

        api(town.stranger).get(f"cases/{row.pk}", text="王庆和")
        api(town.duty).post(f"cases/{row.pk}/triage", {"channel": "phone", "reason": "because so"})

        lines = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
        assert [line.split(":")[0] for line in lines] == [
            "refused 404 not_found",
            "refused 403 role_forbidden",
        ]
        assert str(town.stranger.pk) in lines[0] and str(town.duty.pk) in lines[1]
        assert all(str(row.pk) in line for line in lines)
        assert "王" not in "".join(lines) and "because" not in "".join(lines)

    def test_an_unknown_path_is_a_problem_too(self, api, town):
        refused(api(town.duty).get("nothing"), 404, "not_found")

    def test_a_method_that_is_not_there(self, api, town):
        refused(api(town.duty).client.delete("/api/v1/cases"), 405, "method")

    def test_a_media_type_that_is_not_read(self, api, town):
        row = make.case(town)

        response = api(town.duty).client.post(f"/api/v1/cases/{row.pk}/notes", "x", content_type="text/plain")

        refused(response, 415, "media_type")

    def test_a_body_that_is_no_json(self, api, town):
        row = make.case(town)

        response = api(town.duty).client.post(
            f"/api/v1/cases/{row.pk}/notes", "{", content_type="application/json"
        )

        refused(response, 400, "malformed")

    def test_unknown_fields_are_named(self, api, town):
        row = make.case(town)

        response = api(town.duty).post(f"cases/{row.pk}/notes", {"text": "x", "at": "now", "by": "me"})

        refused(response, 400, "invalid")
        assert sorted(response.json()["errors"]) == ["at", "by"]

    def test_a_busy_database_says_when_to_try_again(self, api, town, monkeypatch):
        def busy(user):
            raise OperationalError("database is locked")

        monkeypatch.setattr(queries, "cases_for", busy)

        response = api(town.duty).get("cases")

        refused(response, 503, "busy")
        assert response["Retry-After"] == "2"

    @pytest.mark.parametrize(
        "cursor",
        [
            "x",
            "%E7%8E%8B",
            "cD1nYXJiYWdl",
            "cj0xJnA9MjAyNg==",
            "cD0lMDA=",
            # p=0001-01-01T00:00:00+14:00 and p=9999-12-31T23:59:59-14:00: no zone can show them
            "cD0wMDAxLTAxLTAxVDAwJTNBMDAlM0EwMCUyQjE0JTNBMDA=",
            "cD05OTk5LTEyLTMxVDIzJTNBNTklM0E1OS0xNCUzQTAw",
        ],
    )
    def test_a_cursor_that_is_none(self, api, town, cursor):
        make.case(town)

        response = api(town.duty).client.get(f"/api/v1/cases?cursor={cursor}")

        assert response.status_code in (400, 404), (cursor, response.content)
        assert response["Content-Type"] == "application/problem+json"
