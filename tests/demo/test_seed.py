"""What was seeded: a town, its past and its day, every row as the rooms would have written it."""

import datetime as dt
from collections import Counter

import pytest
from django.core.management import call_command
from pytest_django import Settings
from time_machine import travel

from fieldops.cases.models import Case, CaseEvent, CaseSerial, Person, Stage
from fieldops.cases.moves import OPEN
from fieldops.demo.past import _day
from fieldops.demo.story import Book
from fieldops.demo.town import CREWS, PASSWORD, PEOPLE, build_town
from fieldops.demo.visit import Crews
from fieldops.dispatch.models import Assignment
from fieldops.dispatch.recommend import recommend
from fieldops.dispatch.wire import assignment_wire
from fieldops.feed.models import Alarm, FeedRow
from fieldops.lib.clock import local_day, now
from fieldops.lib.sealed import open_row
from fieldops.outcomes.actions import missing_fields
from fieldops.outcomes.models import VisitReport
from fieldops.outcomes.wire import answers_of
from fieldops.playbook.models import ScamType
from fieldops.teams.models import Center, Device, User
from fieldops.teams.queries import owns_desk, shifts_on
from fieldops.timers.models import Timer

pytestmark = pytest.mark.django_db


class TestChance:
    def test_a_day_is_the_same_whenever_it_is_told(self, seeded: Center) -> None:
        def tell() -> list[object]:
            book = Book()
            town = build_town(at=now())
            _day(book, town, Crews(town.shifts, town.teams), [], dt.date(2026, 11, 10), now())
            return [(row.pk, row.scam_type, row.closed_at, row.number) for row in book.rows[Case]]

        first = tell()

        assert len(first) > 10
        assert tell() == first


class TestTown:
    def test_everybody_of_the_scene_can_sign_in(self, seeded: Center) -> None:
        for username, (name, role) in PEOPLE.items():
            user = User.objects.get(username=username)
            assert user.check_password(PASSWORD)
            assert (user.name, user.role, user.center_id) == (name, role, seeded.pk)
        admin = User.objects.get(username="admin")
        assert admin.is_staff and admin.is_superuser
        assert not User.objects.exclude(username="admin").filter(is_staff=True).exists()

    def test_all_four_crews_are_on_exactly_one_shift_at_any_moment(self, seeded: Center) -> None:
        at = now()
        for hours in range(-24 * 30, 24 * 13, 5):
            crews = shifts_on(seeded.pk, at + dt.timedelta(hours=hours))
            people = [member.user.username for crew in crews for member in crew.members.all()]
            assert [crew.team.call_sign for crew in crews] == [crew.call_sign for crew in CREWS]
            assert sorted(people) == sorted(name for crew in CREWS for name in crew.people)
        assert len({crew.starts_at for crew in shifts_on(seeded.pk, at)}) == 2
        assert owns_desk(User.objects.get(username="duty").pk, at + dt.timedelta(days=13))

    def test_it_extends_the_roster_a_week_later(self, seeded: Center, settings: Settings) -> None:
        settings.DEMO = True
        with travel(now() + dt.timedelta(days=20)):
            call_command("seeddemo")
            assert len(shifts_on(seeded.pk, now())) == 4
            assert len(shifts_on(seeded.pk, now() + dt.timedelta(days=13))) == 4

    def test_no_phone_is_pretended(self, seeded: Center) -> None:
        assert not Device.objects.exists()
        duty = {
            crew.team.call_sign: {m.duty for m in crew.members.all()} for crew in shifts_on(seeded.pk, now())
        }
        assert duty == {"机动1队": {"off"}, "机动2队": {"off"}, "机动3队": {"standby"}, "机动4队": {"break"}}


class TestPast:
    def test_it_is_closed_dated_and_numbered(self, seeded: Center) -> None:
        past = Case.objects.filter(stage=Stage.CLOSED)
        days = {local_day(case.received_at) for case in past}
        assert len(days) >= 30
        for case in past:
            times = [case.issued_at, case.received_at, case.first_call_at, case.closed_at]
            assert times == sorted(times), case.number
            assert case.closed_at < now()
            assert case.number.startswith(f"{local_day(case.received_at):%y%m%d}-")
        for serial in CaseSerial.objects.all():
            assert Case.objects.filter(number__startswith=f"{serial.day:%y%m%d}-").count() == serial.last

    def test_its_first_calls_are_mostly_in_time(self, seeded: Center, settings: Settings) -> None:
        for level, targets in settings.LEVEL_TARGETS_S.items():
            rows = Case.objects.filter(level=level, stage=Stage.CLOSED)
            late = sum(
                (c.first_call_at - c.received_at).total_seconds() > targets["first_call"] for c in rows
            )
            assert late <= 0.2 * len(rows)

    def test_its_types_are_shipped_and_their_frequencies_real(self, seeded: Center) -> None:
        types = Counter(Case.objects.values_list("scam_type", flat=True))
        assert set(types) <= set(ScamType.objects.values_list("code", flat=True))
        assert types.most_common(1)[0][0] == "SD"
        assert 0.25 < types["SD"] / sum(types.values()) < 0.45

    def test_its_visits_are_whole(self, seeded: Center) -> None:
        rows = Assignment.objects.prefetch_related("members").select_related(
            "team", "case", "shift", "offered_by"
        )
        assert len(rows) > 50
        busy: dict[object, dt.datetime] = {}
        for row in rows.order_by("offered_at"):
            times = [row.offered_at, row.accepted_at, row.set_out_at, row.arrived_at, row.concluded_at]
            assert times == sorted(times)
            assert row.shift.starts_at <= row.offered_at < row.shift.ends_at
            assert row.offered_at >= busy.get(row.team_id, row.offered_at), "in two places"
            busy[row.team_id] = row.concluded_at  # type: ignore[assignment]
            assert {m.user_id for m in row.members.all()} == {m.user_id for m in row.shift.members.all()}
            assert assignment_wire(row)["status"] == "concluded"
        for report in VisitReport.objects.all():
            assert missing_fields(answers_of(report)) == []
            assert report.case.confirmed_scam_type == report.scam_type

    def test_its_people_are_sealed_and_nobody(self, seeded: Center) -> None:
        for person in Person.objects.all()[:50]:
            clear = open_row(person)
            assert clear["phone"].startswith(("1380000", "1390000"))
            assert clear["id_number"].startswith("500199")
            assert clear["name"] not in person.name_mask

    def test_nobody_was_told(self, seeded: Center) -> None:
        today = Case.objects.filter(stage__in=OPEN).values_list("pk", flat=True)
        lines = CaseEvent.objects.exclude(case_id__in=list(today)).count()
        assert lines > 4000
        assert FeedRow.objects.count() < 200


class TestToday:
    def test_it_has_a_case_in_every_stage_that_needs_no_crew(self, seeded: Center) -> None:
        stages = Counter(Case.objects.exclude(stage=Stage.CLOSED).values_list("stage", flat=True))
        assert stages == {"to_call": 6, "to_send": 2, "at_partner": 2, "to_review": 3}

    def test_it_is_not_late_from_the_start(self, seeded: Center) -> None:
        assert not Case.objects.exclude(stage=Stage.CLOSED).filter(due_at__lt=now()).exists()
        assert not Timer.objects.filter(due_at__lt=now()).exists()

    def test_one_return_visit_is_due(self, seeded: Center) -> None:
        assert list(Alarm.objects.values_list("kind", flat=True)) == ["follow_up"]

    def test_its_crews_are_ranked_with_reasons(self, seeded: Center) -> None:
        case = Case.objects.get(stage="to_send", level="critical")
        ranked = {row.crew.team.call_sign: row.verdict.verdict for row in recommend(case, at=now())}
        assert ranked == {"机动1队": "block", "机动2队": "block", "机动3队": "warn", "机动4队": "warn"}
