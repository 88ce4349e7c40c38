"""Every write of the room refuses whoever it is not for, and changes nothing."""

import itertools

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
OUTSIDE = ["stranger", "intruder", "bravo1", "analyst", "auditor"]
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
    def test_it_is_not_there_for_others_and_not_the_crews_to_do(self, api, town, followed, path):
        answers = {
            name: api(town.users[name]).post(f"cases/{followed.pk}/{path}", BODIES[path])
            for name in (*OUTSIDE, "alpha1")
        }

        codes = {name: (answer.status_code, answer.json()["code"]) for name, answer in answers.items()}
        assert codes == {**dict.fromkeys(OUTSIDE, (404, "not_found")), "alpha1": (403, "role_forbidden")}

    @pytest.mark.parametrize("path", SUPERVISORS_ONLY)
    def test_only_the_supervisor_decides_otherwise(self, api, town, followed, path):
        response = api(town.duty).post(f"cases/{followed.pk}/{path}", BODIES[path])

        assert (response.status_code, response.json()["code"]) == (403, "role_forbidden")

    def test_nobody_is_signed_out(self, client, town, followed):
        for path, body in BODIES.items():
            response = client.post(
                f"/api/v1/cases/{followed.pk}/{path}", body, content_type="application/json"
            )
            assert (response.status_code, response.json()["code"]) == (401, "signed_out"), path

    def test_an_unknown_field_is_refused(self, api, town, followed):
        for path, body in BODIES.items():
            response = api(town.supervisor).post(f"cases/{followed.pk}/{path}", {**body, "version": 9})
            assert response.status_code == 400, path
            assert list(response.json()["errors"]) == ["version"], path

    def test_an_empty_body_is_refused(self, api, town, followed):
        for path in set(BODIES) - {"calls"}:
            assert api(town.supervisor).post(f"cases/{followed.pk}/{path}", {}).status_code == 400, path


class TestOnCallsAndNotices:
    @pytest.fixture
    def paths(self, api, town, followed):
        """A call and a notice of the followed case, each with a body."""
        caller = api(town.duty)
        call = caller.post(f"cases/{followed.pk}/calls", {}).json()["call"]
        notice = caller.post(f"cases/{followed.pk}/notices", {"channel": "station"}).json()
        return {f"calls/{call['id']}": {"result": "busy"}, f"notices/{notice['id']}": {"step": "answered"}}

    def test_it_refuses_whoever_it_is_not_for(self, api, town, paths):
        for name, (path, body) in itertools.product((*OUTSIDE, "alpha1"), paths.items()):
            status = 403 if name == "alpha1" else 404
            assert api(town.users[name]).patch(path, body).status_code == status, (name, path)

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

    def test_one_case_is_not_there_for_others(self, api, town, followed):
        for name in OUTSIDE:
            assert api(town.users[name]).get(f"cases/{followed.pk}").status_code == 404, name
