"""The actors against the real server: one case from alert to report; a simulation that loses nothing."""

import re
import subprocess
import sys

import httpx
import pytest
from django.core.management import CommandError, call_command

from fieldops.demo.actors import CityFeed, Desk, Phone
from fieldops.demo.alerts import fresh
from fieldops.demo.greeting import greeting
from fieldops.demo.management.commands.simulate import loopback_only
from fieldops.demo.session import Refused, Session
from fieldops.demo.simulation import report
from fieldops.demo.town import PEOPLE
from fieldops.lib.clock import now
from tests.servers import ROOT, Server


class TestActors:
    async def test_they_carry_a_case_from_alert_to_report(self, demo_server: Server) -> None:
        url = demo_server.url
        async with (
            CityFeed(url) as city,
            Desk(url) as desk,
            Phone(url, "alpha1") as one,
            Phone(url, "alpha2") as two,
        ):
            for actor in (desk, one, two):
                await actor.sign_in()
            assert (await one.go_on_duty())["outcome"] == "applied"
            await two.go_on_duty()

            case = (await city.send(fresh("bank-lobby", at=now())))["case"]
            closed = await desk.call(case["id"], state="convinced")
            assert closed["case"]["triage"]["channel"] == "mobile_team"
            await desk.whereabouts(case["id"], text="渝江银行滨江支行", lng=107.3985, lat=29.7135)
            best = (await desk.recommendation(case["id"]))[0]
            assert best["team"]["call_sign"] == "机动1队"
            await desk.offer(case["id"], best["team"]["id"])

            offer = await one.wait_for("assignment.offered")
            subject = (await two.wait_for("assignment.offered"))["subject"]
            assert offer["subject"] == subject
            assert (await one.command("accept", subject))["outcome"] == "applied"
            assert (await two.command("accept", subject))["code"] == "JOINED"
            await desk.say(subject["id"], "他挪到 3 号窗口了")
            assert (await two.wait_for("message.sent"))["body"]["text"] == "他挪到 3 号窗口了"
            for step in ("set_out", "arrive"):
                assert (await one.command(step, subject))["outcome"] == "applied"
            assert (await one.command("conclude", subject, report(offer["body"])))["outcome"] == "applied"

            done = await two.wait_for("assignment.concluded", subject_id=subject["id"])
            assert done["body"]["status"] == "concluded"
            assert one.gaps == two.gaps == 0
            assert (await desk.case(case["id"]))["stage"] == "to_review"

    async def test_the_feed_answers_the_same_alert_again_as_the_same(self, demo_server: Server) -> None:
        body = fresh("bank-lobby", at=now())
        async with CityFeed(demo_server.url) as city:
            first, again = await city.send(body), await city.send(body)

        assert first == again or first["id"] == again["id"]

    async def test_a_phone_comes_back_from_its_cursor(self, demo_server: Server) -> None:
        async with Phone(demo_server.url, "bravo1") as phone:
            await phone.sign_in()
            await phone.drop()
            await phone.go_on_duty()

            await phone.wait_for("shift.changed")
            assert phone.gaps == 0

    async def test_everybody_signs_in_and_a_wrong_password_does_not(self, demo_server: Server) -> None:
        for username in PEOPLE:
            session = Session(demo_server.url, username, "fieldops-demo")
            await session.sign_in()
            await session.close()
        wrong = Session(demo_server.url, "duty", "fieldops")
        with pytest.raises(Refused):
            await wrong.sign_in()
        await wrong.close()

    def test_the_server_prints_where_to_go(self, demo_server: Server) -> None:
        for line in greeting(demo_server.url).splitlines():
            assert re.search(r"localhost|fieldops-demo|alpha1", line)
        assert f"http://alpha2.localhost:{demo_server.port}/m/" in demo_server.log
        assert httpx.get(f"http://localhost:{demo_server.port}/healthz").status_code == 200


@pytest.mark.slow
class TestSimulate:
    def test_twenty_seconds_lose_nothing(self, demo_server: Server) -> None:
        command = [sys.executable, "manage.py", "simulate", "--to", demo_server.url]
        command += ["--rate", "60", "--minutes", "0.33"]
        done = subprocess.run(
            command, cwd=ROOT, env=demo_server.env, capture_output=True, text=True, timeout=180
        )

        assert done.returncode == 0, done.stdout + done.stderr
        table = dict(re.findall(r"^(.+?)  +(\S.*)$", done.stdout, re.MULTILINE))
        assert table["lost"] == table["errors"] == "0", done.stderr
        assert int(table["alerts sent"]) == int(table["cases"]) == int(table["cases closed"]) > 5
        assert int(table["visits concluded"]) == int(table["offers"]) > 0

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.org",
            "http://10.0.0.1:8000",
            "http://localhost.example.org",
            "http://169.254.169.254",
            "",
        ],
    )
    def test_it_drives_this_machine_only(self, url: str) -> None:
        with pytest.raises(CommandError):
            call_command("simulate", to=url)

    @pytest.mark.parametrize(
        "url", ["http://localhost:1", "http://alpha1.localhost", "http://127.0.0.2", "http://[::1]:8000"]
    )
    def test_it_knows_this_machine(self, url: str) -> None:
        assert loopback_only(url) == url

    @pytest.mark.parametrize("wrong", [{"rate": 0}, {"rate": 601}, {"minutes": 0}, {"minutes": 1e9}])
    def test_it_stays_within_bounds(self, wrong: dict[str, float]) -> None:
        with pytest.raises(CommandError):
            call_command("simulate", to="http://localhost:1", **wrong)
