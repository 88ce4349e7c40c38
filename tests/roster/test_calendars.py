"""Calendar addresses: secret, revocable, and read by a real calendar program without a word of complaint."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from icalendar import Calendar

from fieldops.audit.models import AuditRow
from fieldops.teams.models import CalendarLink, DeskShift
from fieldops.teams.roster.actions import change_crew, make_calendar
from fieldops.teams.roster.calendars import ics, link_of, token_hash
from tests.roster.world import HOUR, at, roster

KHAL = Path(sys.executable).parent / "khal"
CONFIG = """
[calendars]
[[shifts]]
path = {folder}/calendar
[locale]
local_timezone = Asia/Shanghai
default_timezone = Asia/Shanghai
timeformat = %H:%M
dateformat = %m-%d
longdateformat = %Y-%m-%d
datetimeformat = %m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {folder}/khal.db
"""


def fetched(path):
    """Return the file as a calendar program gets it: without any session."""
    return Client().get(path)


def read(data):
    return Calendar.from_ical(data).walk("VEVENT")


class TestAddress:
    def test_a_member_makes_his_own_and_reads_it_without_signing_in(self, town, api):
        world = roster(town, days=4)
        made = api(world.person("a1")).post("roster/calendars").json()

        answer = fetched(made["path"])

        assert answer["Content-Type"].startswith("text/calendar")
        assert [str(event["summary"]) for event in read(answer.content)] == ["Delta", "Delta"]
        assert "a2" in str(read(answer.content)[0]["description"])

    def test_only_the_hash_of_the_secret_is_kept(self, town):
        link, token = make_calendar(
            center_id=town.center.pk, by=town.by("alpha1"), at=town.at, user=town.alpha1
        )

        assert link.token_hash == token_hash(token) != token
        assert not [row for row in AuditRow.objects.values() if token in str(row)]

    def test_a_new_one_ends_the_old_one(self, town, api):
        first = api(town.alpha1).post("roster/calendars").json()
        second = api(town.alpha1).post("roster/calendars").json()

        assert fetched(first["path"]).status_code == 404
        assert fetched(second["path"]).status_code == 200

    def test_it_is_revoked_by_its_owner_or_a_supervisor(self, town, api):
        made = api(town.alpha1).post("roster/calendars").json()
        path = f"roster/calendars/{made['id']}/revoke"

        for name in ("alpha2", "duty", "stranger"):
            assert api(town.users[name]).post(path).status_code == 404
        for _again in range(2):
            assert api(town.supervisor).post(path).status_code == 200
        assert fetched(made["path"]).status_code == 404
        assert AuditRow.objects.filter(verb="calendar.revoke").count() == 1

    def test_a_disabled_person_has_no_calendar(self, town, api):
        made = api(town.alpha1).post("roster/calendars").json()
        town.alpha1.is_active = False
        town.alpha1.save(update_fields=["is_active"])

        assert fetched(made["path"]).status_code == 404

    @pytest.mark.parametrize("token", ["x", "é" * 40])
    def test_a_guess_is_not_found(self, db, token):
        assert fetched(f"/calendar/{token}.ics").status_code == 404

    def test_a_teams_is_the_supervisors_to_make(self, town, api):
        body = {"team": str(town.alpha.team_id)}

        assert api(town.alpha1).post("roster/calendars", body).status_code == 403
        assert api(town.supervisor).post("roster/calendars", body).status_code == 201
        assert CalendarLink.objects.get().team == town.alpha.team


class TestFile:
    def file(self, world, who="a1", when=None):
        _link, token = make_calendar(
            center_id=world.town.center.pk, by=world.by(who), at=world.now, user=world.person(who)
        )
        return ics(link_of(token), when or world.now)

    def test_a_turn_over_midnight_and_new_year_is_one_event(self, town):
        world = roster(town, planned_from="12-31", days=1)

        (event,) = read(self.file(world))

        assert (event.decoded("dtstart"), event.decoded("dtend")) == (
            at("12-31 08:30"),
            at("2027-01-01 08:30"),
        )

    def test_the_same_turn_keeps_its_name_and_a_change_raises_its_sequence(self, town):
        world = roster(town, days=1)
        before = read(self.file(world))[0]
        change_crew(
            shift_id=world.shift("12-01").pk,
            remove=[world.person("a2").pk],
            by=world.by("supervisor"),
            at=world.now,
        )
        after = read(self.file(world))[0]

        assert after["uid"] == before["uid"]
        assert after["sequence"] > before["sequence"]

    def test_a_swap_is_seen_on_both_sides(self, town):
        world = roster(town, days=1)
        change_crew(
            shift_id=world.shift("12-01").pk, remove=[world.person("a1").pk], add=[town.alpha1.pk],
            by=world.by("supervisor"), at=world.now,
        )  # fmt: skip

        assert read(self.file(world)) == []
        assert len(read(self.file(world, "alpha1"))) == 2  # and his own shift of today

    def test_khal_imports_it_without_a_warning(self, town, tmp_path):
        world = roster(town, planned_from="2028-02-28", days=9, now="2028-02-27 12:00")
        DeskShift.objects.create(
            center=town.center, owner=world.person("a1"), starts_at=at("2028-03-01 20:30"),
            ends_at=at("2028-03-01 20:30") + 12 * HOUR,
        )  # fmt: skip
        (tmp_path / "calendar").mkdir()
        (tmp_path / "config").write_text(CONFIG.format(folder=tmp_path))
        (tmp_path / "shifts.ics").write_bytes(self.file(world))

        imported = khal(tmp_path, "import", "--batch", "-a", "shifts", str(tmp_path / "shifts.ics"))
        listed = khal(tmp_path, "list", "--format", "{start-long} {end-long} {title}", "2028-02-28", "10d")

        assert (imported.returncode, imported.stderr.strip(), listed.stderr.strip()) == (0, "", "")
        assert "2028-02-28 08:30 2028-02-29 08:30 Delta" in listed.stdout
        assert len(list((tmp_path / "calendar").glob("*.ics"))) == 4


def khal(folder, *args):
    """Run the real program on its own folder."""
    command = [str(KHAL), "-c", str(folder / "config"), *args]
    env = {"HOME": str(folder), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=env, check=False)
