"""Pages: who may open them, what they show, how many queries they take."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fieldops.audit.models import AuditRow
from fieldops.cases.models import Case
from fieldops.desk.words import word
from fieldops.feed.alarms import raise_alarm
from fieldops.feed.models import Alarm
from fieldops.lib.clock import now
from fieldops.teams.models import Device
from tests import make

BOARD_QUERIES = 29
PATHS = ("/", "/wall", "/map", "/follow-ups", "/import", "/find?text=x")


class TestReach:
    @pytest.mark.parametrize("path", PATHS)
    def test_it_sends_a_stranger_to_sign_in(self, db, path):
        answer = Client().get(path)

        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in?next=")

    @pytest.mark.parametrize("path", PATHS)
    def test_it_opens_for_the_desk(self, town, open_page, path):
        assert open_page(town.duty, path).status_code == 200
        assert open_page(town.supervisor, path).status_code == 200

    @pytest.mark.parametrize("path", PATHS[1:])
    def test_it_refuses_analyst_and_member_in_words(self, town, open_page, path):
        assert open_page(town.analyst, path).status_code == 403
        assert open_page(town.alpha1, path).status_code == 403

    def test_it_sends_each_to_his_own_first_page(self, town, open_page):
        assert open_page(town.alpha1, "/")["Location"] == "/m/"
        assert open_page(town.analyst, "/")["Location"] == "/day"

    def test_another_centres_case_is_not_there(self, town, open_page):
        row = make.case(town)

        for path in (
            f"/cases/{row.pk}",
            f"/cases/{row.pk}/sheet",
            f"/desk/fragments/cases/{row.pk}?parts=head",
        ):
            assert open_page(town.stranger, path).status_code == 404
        strips = open_page(town.stranger, f"/desk/fragments/board?strips={row.pk}")
        assert b"data-strip" not in strips.content


class TestBoard:
    def test_it_shows_every_open_case_masked_in_its_lane(self, town, open_page):
        row = make.case(town)
        sent = make.called(town, make.case(town))

        page = open_page(town.duty, "/").content.decode()

        assert f"case-strip-{row.number}" in page
        assert f"case-strip-{sent.number}" in page
        assert "王*" in page
        assert "王庆和" not in page
        assert "138000" not in page

    def test_it_takes_the_same_number_of_queries_for_one_case_and_for_twelve(self, town, open_page):
        client = Client()
        client.force_login(town.duty, backend=make.BACKEND)

        def count() -> int:
            with CaptureQueriesContext(connection) as seen:
                assert client.get("/").status_code == 200
            return len(seen)

        make.offered(town)
        count()
        one = count()
        for _ in range(11):
            make.called(town, make.case(town))

        twelve = count()
        assert twelve <= one
        assert twelve <= BOARD_QUERIES

    def test_crews_show_who_answered(self, town, open_page):
        make.accepted(town)

        page = open_page(town.duty, "/").content.decode()

        assert 'data-testid="crew-answers-Alpha">1/2<' in page

    def test_a_fragment_leaves_out_what_is_closed(self, town, open_page):
        row, other = make.closed(town, make.case(town)), make.case(town)

        page = open_page(town.duty, f"/desk/fragments/board?strips={row.pk},{other.pk}").content.decode()

        assert str(row.pk) not in page
        assert str(other.pk) in page

    def test_an_unreadable_id_is_a_problem_not_a_fault(self, town, open_page):
        assert open_page(town.duty, "/desk/fragments/board?strips=nonsense").status_code == 400


class TestWall:
    def test_it_names_known_places_and_nobody(self, town, open_page):
        at_home, in_bank = make.case(town), make.at_bank(town, make.called(town, make.case(town)))
        raise_alarm(
            center_id=town.center.pk, kind="not_answered", key="a", at=now(), case_id=in_bank.pk,
            case_number=in_bank.number,
            params={"team": "Alpha", "ring": [{"name": "alpha1", "phone": "023-0000-0042"}]},
        )  # fmt: skip

        page = open_page(town.duty, "/wall").content.decode()

        assert page.count('data-testid="wall-case-') == 2
        assert "Binjiang branch" in page
        assert at_home.whereabouts.text not in page
        assert not any(said in page for said in ("王", "1380001", "138*", "023-0000-0042", "alpha1"))

    def test_a_cry_for_help_comes_before_what_is_older(self, town, open_page):
        for kind in ("follow_up", "not_answered", "help"):
            raise_alarm(center_id=town.center.pk, kind=kind, key=kind, at=now(), params={"team": "Alpha"})

        page = open_page(town.duty, "/wall").content.decode()

        assert "wall-alarm-help" in page
        assert re.search(r"wband rings.*? 3</b>", page)
        assert page.index("wall-alarm-help") < page.index(str(word("alarm", "not_answered")))
        assert page.index(str(word("alarm", "not_answered"))) < page.index(str(word("alarm", "follow_up")))

    def test_the_neighbours_wall_shows_nothing_of_ours(self, town, open_page):
        make.offered(town)

        page = open_page(town.stranger, "/wall").content.decode()

        assert "wall-case-" not in page
        assert "Alpha" not in page

    def test_more_crews_than_it_holds_are_counted(self, town, open_page):
        for name in ("Charlie", "Delta", "Echo", "Foxtrot", "Golf"):
            make.crew(town.center, name, [make.user(town.center, name.lower(), "member")])
        make.accepted(town)

        page = open_page(town.duty, "/wall").content.decode()

        assert page.count('data-testid="wall-crew-') == 5
        assert re.search(r"wfold[^>]*>[^<]* 2<", page)


class TestCaseParts:
    def looks(self, town, row):
        return AuditRow.objects.filter(
            verb="case.look", subject_id=str(row.pk), actor_id=town.duty.pk
        ).count()

    def test_they_are_a_look_once_a_shift(self, town, open_page, time_machine):
        row = make.called(town, make.case(town))
        path = f"/desk/fragments/cases/{row.pk}?parts=person,timeline"

        counts = []
        for _ in range(2):
            open_page(town.duty, path)
            counts.append(self.looks(town, row))
        time_machine.move_to(now() + dt.timedelta(hours=13))
        assert open_page(town.duty, path).status_code == 200

        assert [*counts, self.looks(town, row)] == [1, 1, 2]

    def test_an_open_page_has_told_already(self, town, open_page):
        row = make.case(town)

        open_page(town.duty, f"/cases/{row.pk}")
        open_page(town.duty, f"/desk/fragments/cases/{row.pk}?parts=person")

        assert self.looks(town, row) == 1


class TestRevoked:
    @pytest.mark.parametrize("path", ["/roster/mine", "/", "/day", "/desk/fragments/board?parts=crews"])
    def test_a_session_on_a_phone_off_the_list_opens_no_page(self, town, path):
        phone = make.device(town.supervisor)
        client = Client()
        client.force_login(town.supervisor, backend=make.BACKEND)
        session = client.session
        session["device_id"] = str(phone.pk)
        session.save()
        before = client.get(path).status_code
        Device.objects.filter(pk=phone.pk).update(revoked_at=now())

        assert (before, client.get(path).status_code) == (200, 403)


class TestCase:
    def test_a_look_is_audited_and_masked(self, town, open_page):
        row = make.called(town, make.case(town))

        page = open_page(town.duty, f"/cases/{row.pk}")

        assert page.status_code == 200
        assert (
            AuditRow.objects.filter(verb="case.look", subject_id=row.pk, actor_id=town.duty.pk).count() == 1
        )
        text = page.content.decode()
        assert "王庆和" not in text
        assert "6222000011114471" not in text
        assert "****4471" in text

    def test_names_are_text_never_markup(self, town, open_page):
        who = make.Who(name="<script>alert(1)</script>", phone="13800019999")
        row = make.case(town, who=who, place_text="<img src=x onerror=alert(1)>")

        for path in ("/", f"/cases/{row.pk}", "/map", f"/cases/{row.pk}/sheet"):
            text = open_page(town.duty, path).content.decode()
            assert "<img src=x" not in text
            assert "<script>alert" not in text

    @pytest.mark.parametrize("make_row", [make.case, make.offered, make.accepted, make.arrived])
    def test_every_stage_can_be_shown_in_three_languages(self, town, open_page, make_row):
        made = make_row(town)
        row = made if isinstance(made, Case) else made.case

        for language in ("zh-hans", "zh-hant", "en"):
            client = Client(headers={"accept-language": language})
            client.force_login(town.supervisor, backend=make.BACKEND)
            assert client.get(f"/cases/{row.pk}").status_code == 200
            assert client.get("/").status_code == 200

    def test_the_text_to_pass_on_names_nobody(self, town, open_page):
        row = make.at_bank(town, make.case(town))

        text = open_page(town.duty, f"/cases/{row.pk}").content.decode()
        shared = text.split("data-copy-text>")[1].split("</p>")[0]

        assert row.number in shared
        assert "王" not in shared
        assert "1380001" not in shared


class TestAcknowledge:
    def alarm(self, town) -> Alarm:
        return raise_alarm(
            center_id=town.center.pk, kind="cannot_ring", key="k", at=now(), params={"team": "Alpha"}
        )

    def test_it_takes_the_alarm_off_with_name_and_time(self, town, api):
        alarm = self.alarm(town)

        answer = api(town.duty).post(f"alarms/{alarm.pk}/acknowledge", {"told_by_phone": True})

        alarm.refresh_from_db()
        assert answer.status_code == 200
        assert alarm.acknowledged_by_name == "duty"
        assert alarm.told_by_phone_at is not None

    def test_again_is_harmless(self, town, api):
        alarm = self.alarm(town)
        api(town.duty).post(f"alarms/{alarm.pk}/acknowledge")

        again = api(town.supervisor).post(f"alarms/{alarm.pk}/acknowledge")

        assert again.status_code == 200
        assert again.json()["acknowledged_by_name"] == "duty"

    def test_it_refuses_a_stranger_and_a_member(self, town, api):
        alarm = self.alarm(town)

        assert api(town.stranger).post(f"alarms/{alarm.pk}/acknowledge").status_code == 404
        assert api(town.alpha1).post(f"alarms/{alarm.pk}/acknowledge").status_code == 403
        assert api(town.duty).post(f"alarms/{alarm.pk}/acknowledge", {"other": 1}).status_code == 400


class TestSnapshot:
    def test_it_holds_what_is_live_and_the_place_it_is_true_for(self, town, api):
        offer = make.offered(town)

        body = api(town.duty).get("desk/snapshot").json()

        assert [row["id"] for row in body["assignments"]] == [str(offer.pk)]
        assert {shift["team"]["call_sign"] for shift in body["shifts"]} == {"Alpha", "Bravo"}
        assert body["cursor"] > 0

    def test_it_is_for_the_desk_alone(self, town, api):
        assert api(town.alpha1).get("desk/snapshot").status_code == 403
        assert api(town.analyst).get("desk/snapshot").status_code == 403


class TestSignOut:
    def test_it_ends_the_session_and_clears_the_cache(self, town):
        client = Client()
        client.force_login(town.duty, backend=make.BACKEND)

        answer = client.post("/sign-out")

        assert answer["Clear-Site-Data"] == '"cache"'
        assert client.get("/").status_code == 302
