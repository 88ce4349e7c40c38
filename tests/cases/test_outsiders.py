"""Every write of the room refuses whoever it is not for, and changes nothing."""

import pytest

from fieldops.cases.models import CallAttempt, Case, CaseEvent, Notice
from fieldops.feed.models import FeedRow
from tests import make

BODIES = {
    "calls": {},
    "grade": {"reason": "他要转账", "level": "high"},
    "whereabouts": {"source": "call", "text": "the bank"},
    "notices": {"channel": "school"},
    "close": {"disposition": "handled"},
    "reveal": {"reason": "to ring him back"},
    "triage": {"channel": "school", "reason": "he is a student"},
    "state": {"victim_state": "denies"},
    "notes": {"text": "a note"},
    "merge": {"drop": "00000000-0000-7000-8000-000000000000"},
    "unmerge": {"person": "00000000-0000-7000-8000-000000000000"},
}
SUPERVISORS_ONLY = ["triage", "merge", "unmerge"]


@pytest.fixture
def untouched(followed):
    """Check afterwards that nothing happened."""

    def counts():
        version = Case.objects.get(pk=followed.pk).version
        return version, *(model.objects.count() for model in (CallAttempt, CaseEvent, Notice, FeedRow))

    before = counts()
    yield
    assert counts() == before


@pytest.mark.usefixtures("untouched")
class TestOnACase:
    @pytest.mark.parametrize("path", BODIES)
    @pytest.mark.parametrize("name", ["stranger", "intruder", "bravo1", "analyst", "auditor"])
    def test_it_is_not_there_for(self, api, town, followed, path, name):
        response = api(town.users[name]).post(f"cases/{followed.pk}/{path}", BODIES[path])

        assert (response.status_code, response.json()["code"]) == (404, "not_found")

    @pytest.mark.parametrize("path", BODIES)
    def test_the_crew_sees_it_but_may_not(self, api, town, followed, path):
        response = api(town.alpha1).post(f"cases/{followed.pk}/{path}", BODIES[path])

        assert (response.status_code, response.json()["code"]) == (403, "role_forbidden")

    @pytest.mark.parametrize("path", SUPERVISORS_ONLY)
    def test_only_the_supervisor_decides_otherwise(self, api, town, followed, path):
        response = api(town.duty).post(f"cases/{followed.pk}/{path}", BODIES[path])

        assert (response.status_code, response.json()["code"]) == (403, "role_forbidden")

    @pytest.mark.parametrize("path", BODIES)
    def test_nobody_is_signed_out(self, client, town, followed, path):
        response = client.post(
            f"/api/v1/cases/{followed.pk}/{path}", BODIES[path], content_type="application/json"
        )

        assert (response.status_code, response.json()["code"]) == (401, "signed_out")

    @pytest.mark.parametrize("path", BODIES)
    def test_an_unknown_field_is_refused(self, api, town, followed, path):
        response = api(town.supervisor).post(f"cases/{followed.pk}/{path}", {**BODIES[path], "version": 9})

        assert response.status_code == 400
        assert list(response.json()["errors"]) == ["version"]

    @pytest.mark.parametrize("path", [path for path in BODIES if path != "calls"])
    def test_an_empty_body_is_refused(self, api, town, followed, path):
        assert api(town.supervisor).post(f"cases/{followed.pk}/{path}", {}).status_code == 400


class TestOnCallsAndNotices:
    @pytest.fixture
    def paths(self, api, town, followed):
        """A call and a notice of the followed case, each with a body."""
        caller = api(town.duty)
        call = caller.post(f"cases/{followed.pk}/calls", {}).json()["call"]
        notice = caller.post(f"cases/{followed.pk}/notices", {"channel": "station"}).json()
        return {f"calls/{call['id']}": {"result": "busy"}, f"notices/{notice['id']}": {"step": "answered"}}

    @pytest.mark.parametrize(
        ("name", "status"),
        [("stranger", 404), ("intruder", 404), ("bravo1", 404), ("analyst", 404), ("alpha1", 403)],
    )
    def test_it_refuses(self, api, town, paths, name, status):
        for path, body in paths.items():
            assert api(town.users[name]).patch(path, body).status_code == status

        assert CallAttempt.objects.filter(closed_at=None).count() == 1
        assert Notice.objects.get().answered_at is None


class TestReads:
    def test_a_list_is_only_what_is_in_reach(self, api, town, followed):
        make.case(town)
        seen = {
            name: len(api(town.users[name]).get("cases").json()["results"])
            for name in ("duty", "supervisor", "alpha1", "bravo1", "stranger", "analyst", "auditor")
        }

        assert seen == {
            "duty": 2, "supervisor": 2, "alpha1": 1, "bravo1": 0, "stranger": 0, "analyst": 0, "auditor": 0,
        }  # fmt: skip

    @pytest.mark.parametrize("name", ["stranger", "intruder", "bravo1", "analyst", "auditor"])
    def test_one_case_is_not_there_for(self, api, town, followed, name):
        assert api(town.users[name]).get(f"cases/{followed.pk}").status_code == 404
