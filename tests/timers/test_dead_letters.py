"""A dead letter is seen and tried again by the supervisor of its centre, audited."""

import pytest

from fieldops.audit.models import AuditRow
from fieldops.desk.words import WORDS
from fieldops.feed.alarms import raise_alarm
from fieldops.feed.models import Alarm
from fieldops.lib.clock import now
from fieldops.timers.actions import set_timer
from fieldops.timers.loop import run_due
from fieldops.timers.models import Timer, TimerBeat
from tests import make
from tests.timers.test_run import ran


@pytest.fixture
def dead(town):
    """A dead letter of this centre, on the desk as an alarm."""
    center = town.center.pk
    set_timer(key="a", kind="note", due_at=now(), payload={"id": "a", "center_id": str(center)})
    Timer.objects.update(dead_at=now(), attempts=10, last_error="ValueError: half done")
    timer = Timer.objects.get()
    raise_alarm(
        center_id=center, kind="timer_dead", key=f"timer:{timer.pk}", at=now(), params={"kind": "note"}
    )
    return timer


class TestRetry:
    def test_it_is_done_now_and_leaves_the_desk(self, town, api, dead):
        answer = api(town.supervisor).post(f"timers/{dead.pk}/retry")

        assert answer.status_code == 200, answer.content
        run_due(at=now())
        assert ran() == 1
        assert Alarm.objects.get().acknowledged_by_name == "supervisor"

    def test_it_is_audited(self, town, api, dead):
        api(town.supervisor).post(f"timers/{dead.pk}/retry")

        row = AuditRow.objects.get(verb="timer.retry")
        assert (row.actor_id, row.subject_id) == (town.supervisor.pk, str(dead.pk))

    def test_the_alarms_of_other_letters_stay(self, town, api, dead):
        """Number 1 is what 10 to 19 begin with too."""
        for other in (f"{dead.pk}0", f"{dead.pk}7"):
            raise_alarm(center_id=town.center.pk, kind="timer_dead", key=f"timer:{other}", at=now())

        api(town.supervisor).post(f"timers/{dead.pk}/retry")

        standing = Alarm.objects.filter(acknowledged_at=None).values_list("key", flat=True)
        assert set(standing) == {f"timer:{dead.pk}0", f"timer:{dead.pk}7"}

    def test_one_that_lives_is_left_alone(self, town, api, dead):
        Timer.objects.update(dead_at=None, attempts=3)

        assert api(town.supervisor).post(f"timers/{dead.pk}/retry").status_code == 200
        assert Timer.objects.get().attempts == 3

    def test_it_starts_with_all_its_attempts(self, town, api, dead):
        api(town.supervisor).post(f"timers/{dead.pk}/retry")

        assert Timer.objects.get().attempts == 0

    def test_a_duty_officer_may_not(self, town, api, dead):
        assert api(town.duty).post(f"timers/{dead.pk}/retry").status_code == 403
        assert Timer.objects.get().dead_at

    def test_the_neighbours_supervisor_finds_nothing(self, town, api, dead):
        neighbour = make.user(town.other, "neighbour", "supervisor")

        assert api(neighbour).post(f"timers/{dead.pk}/retry").status_code == 404
        assert Timer.objects.get().dead_at


class TestPage:
    def see(self, client, who):
        client.force_login(who, backend=make.BACKEND)
        return client.get("/timers")

    def test_it_shows_what_failed_with_its_case_and_a_button(self, town, client, dead):
        row = make.offered(town)
        Timer.objects.filter(pk=dead.pk).update(
            kind="dispatch.ladder_step",
            payload={"assignment_id": str(row.pk), "center_id": str(town.center.pk)},
        )

        page = self.see(client, town.supervisor).content.decode()

        assert f"retry-{dead.pk}" in page
        assert row.case.number in page
        assert "ValueError: half done" in page

    def test_it_says_whether_a_loop_goes_round(self, town, client, dead):
        assert 'class="r" data-testid="loops"' in self.see(client, town.supervisor).content.decode()
        TimerBeat.objects.create(name="a", at=now())
        assert 'class="r" data-testid="loops"' not in self.see(client, town.supervisor).content.decode()

    def test_it_is_the_supervisors(self, town, client, dead):
        assert self.see(client, town.duty).status_code == 403

    def test_it_shows_no_other_centres(self, town, client, dead):
        neighbour = make.user(town.other, "neighbour", "supervisor")

        assert f"retry-{dead.pk}" not in self.see(client, neighbour).content.decode()


def test_every_kind_of_timer_has_words(settings):
    kinds = {kind for kind in settings.TIMER_HANDLERS if "." in kind}

    assert kinds - set(WORDS["timer"]) == set()
