"""The page `/day`: who sees it, that figures are links to their cases, that a day can be stored from it."""

import re

import pytest
import time_machine
from django.test import Client

from fieldops.stats.models import DaySheet
from fieldops.stats.queries import preview
from tests import make
from tests.stats import day

DATE = day.DAY.isoformat()


@pytest.fixture(autouse=True)
def next_morning():
    with time_machine.travel(day.NEXT_MORNING, tick=False):
        yield


@pytest.fixture
def page(town):
    """Open the page as somebody: `page("analyst", figure="open")`."""

    def open_page(who: str, lang: str = "en", **query: object) -> tuple[int, str]:
        client = Client(headers={"accept-language": lang})
        client.force_login(town.users[who], backend=make.BACKEND)
        response = client.get("/day", {"date": DATE, **query})
        return response.status_code, response.content.decode()

    return open_page


def store(town, who: str = "analyst", date: str = DATE):
    client = Client()
    client.force_login(town.users[who], backend=make.BACKEND)
    return client.post("/day/store", {"date": date})


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


class TestPage:
    @pytest.mark.parametrize(
        ("who", "status"),
        [("analyst", 200), ("supervisor", 200), ("duty", 200), ("alpha1", 403), ("auditor", 403)],
    )
    def test_who_may_see_it(self, page, who, status):
        assert page(who)[0] == status

    def test_a_stranger_is_sent_to_sign_in(self, town):
        response = Client().get("/day")

        assert (response.status_code, response["Location"].startswith("/sign-in")) == (302, True)

    def test_its_figures_are_links_to_their_cases(self, town, page):
        _status, html = page("analyst")

        hrefs = sorted(set(re.findall(r'href="/day\?[^"]*figure=([^"#]*)#cases"', html)))
        opened = [page("analyst", figure=figure)[1] for figure in hrefs[::10]]

        assert len(hrefs) > 60
        assert set(hrefs) <= set(preview(town.center, day.DAY, day.NEXT_MORNING).refs["figures"])
        assert all('<ol><li><span class="num">261118-' in each for each in opened)

    def test_it_writes_the_sum_out(self, page):
        text = text_of(page("analyst")[1])

        assert "2+3+1+2+3+2+1+1+1 = 16, equals issued" in text
        assert "visits = effects + disputed" in text
        assert "reports differ in effect, basis of the sum prevented, sum prevented" in text

    def test_the_desk_may_open_the_cases_the_analyst_may_not(self, built, page):
        five = built.cases[5]

        assert f'href="/cases/{five.pk}"' in page("duty", figure="type.LC.visit")[1]
        analyst = page("analyst", figure="type.LC.visit")[1]
        assert five.number in analyst and str(five.pk) not in analyst

    def test_no_name_and_no_phone_is_on_it(self, page):
        text = text_of(page("duty", figure="type.all.total")[1])

        assert "王" not in text and "1390000" not in text

    def test_another_centre_s_figures_stay_there(self, page):
        assert "each bar is a share of 0 issued" in text_of(page("stranger")[1])

    @pytest.mark.parametrize(
        ("lang", "words"),
        [("zh-hans", "诈骗类型 × 结果"), ("zh-hant", "詐騙類型 × 結果"), ("en", "Scam type × effect")],
    )
    def test_it_speaks_three_languages(self, page, lang, words):
        assert words in text_of(page("analyst", lang)[1])

    @pytest.mark.parametrize(
        "query",
        [
            {"date": "2026-13-01"},
            {"date": "0001-01-01"},
            {"date": "1999-12-31"},
            {"revision": "9"},
            {"revision": "9" * 5000},
        ],
    )
    def test_a_day_or_revision_that_is_not_there_is_not_found(self, page, query):
        assert page("analyst", **query)[0] == 404

    @pytest.mark.parametrize("figure", ["funnel", "team.x.visits", "sum", "<script>", "hour.x", "type.SD"])
    def test_a_figure_nobody_knows_has_no_cases_and_does_no_harm(self, page, figure):
        status, html = page("analyst", figure=figure)

        assert (status, "0 cases" in text_of(html), "<script>" in html.partition("cases-title")[2]) == (
            200,
            True,
            False,
        )


class TestStoreFromPage:
    def test_it_stores_and_shows_revision_hash_and_what_changed(self, town, built, page):
        assert store(town).status_code == 302
        day.pick_disputed(built, day.NEXT_MORNING)
        store(town)

        text = text_of(page("analyst")[1])

        assert "since revision 1: by visit +1, Prevented +20,000 yuan" in text
        assert "see revision 1" in text
        assert "XLSX for signing" in text
        assert "see revision 2" in text_of(page("analyst", revision=1)[1])

    def test_the_duty_officer_sees_no_export_and_may_not_store(self, town, page):
        assert "XLSX" not in text_of(page("duty")[1])
        assert store(town, "duty").status_code == 403
        assert not DaySheet.objects.exists()

    def test_a_running_day_is_refused_in_words(self, town, page):
        response = store(town, date="2026-11-19")

        assert "problem=" in response["Location"]
        assert not DaySheet.objects.exists()
