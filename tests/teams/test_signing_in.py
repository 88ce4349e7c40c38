"""Signing in through the browser's API: who, from where, how often, and what an answer tells."""

import datetime as dt

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import Client

from fieldops.lib.clock import now
from fieldops.teams.models import Post, User
from fieldops.teams.queries import ended_sessions
from tests import make

LOGIN = "/_allauth/browser/v1/auth/login"
PROVE = "/_allauth/browser/v1/auth/reauthenticate"
SESSION = "/_allauth/browser/v1/auth/session"


class Browser:
    """A browser that keeps its cookies and checks CSRF as the real one."""

    def __init__(self, **extra):
        self.client = Client(enforce_csrf_checks=True, **extra)
        self.client.get(SESSION)

    @property
    def token(self):
        return self.client.cookies["csrftoken"].value

    def post(self, path, body, **headers):
        headers = {"X-CSRFToken": self.token, **headers}
        return self.client.post(path, body, content_type="application/json", headers=headers)

    def sign_in(self, username="duty", password=make.PASSWORD, **headers):
        return self.post(LOGIN, {"username": username, "password": password}, **headers)

    def prove(self, password=make.PASSWORD):
        return self.post(PROVE, {"password": password})

    def cases(self):
        return self.client.get("/api/v1/cases")


@pytest.fixture
def browser(town):
    return Browser()


class TestSignIn:
    def test_it_opens_the_api(self, browser):
        assert browser.sign_in().status_code == 200
        assert browser.cases().status_code == 200

    def test_before_it_everything_is_signed_out(self, browser):
        response = browser.cases()

        assert (response.status_code, response.json()["code"]) == (401, "signed_out")

    def test_the_session_and_the_token_rotate(self, browser, town):
        browser.client.force_login(town.duty2, backend=make.BACKEND)
        planted, token = browser.client.cookies["sessionid"].value, browser.token
        browser.client.logout()
        browser.client.cookies["sessionid"] = planted

        browser.client.get(SESSION)
        browser.sign_in()

        assert browser.client.cookies["sessionid"].value != planted
        assert browser.token != token

    def test_again_is_a_conflict(self, browser):
        browser.sign_in()

        assert browser.sign_in().status_code == 409

    def test_a_wrong_password_and_a_wrong_name_look_alike(self, browser, town):
        wrong = browser.sign_in(password="wrong-wrong-wrong")
        nobody = browser.sign_in(username="nobody-here", password="wrong-wrong-wrong")

        assert (wrong.status_code, wrong.json()) == (nobody.status_code, nobody.json())
        assert wrong.status_code == 400

    @pytest.mark.parametrize(
        "door",
        [
            "auth/signup",
            "auth/password/request",
            "auth/code/request",
            "auth/email/verify",
            "account/email",
            "account/phone",
            "account/password/change",
            "config",
        ],
    )
    def test_the_library_s_other_doors_are_not_there(self, browser, door):
        """Some change what an administrator keeps, some send mail that nobody set up."""
        browser.sign_in()

        response = browser.post(f"/_allauth/browser/v1/{door}", {"email": "me@evil.example", "username": "x"})

        assert response.status_code == 404

    @pytest.mark.parametrize(
        "raw",
        [
            b'{"username": "a\\ud800", "password": "x"}',
            b'{"username": "duty", "password": "a\\u0000"}',
            b'{"username": ' + b"9" * 5000 + b', "password": "x"}',
            b'{"username": 1e400, "password": NaN}',
            b"[" * 100_000,
            b"\xff\xfe",
            b"[1]",
        ],
        ids=lambda raw: raw[:24],
    )
    def test_a_body_that_cannot_be_kept_is_refused(self, browser, raw):
        browser.client.raise_request_exception = False

        assert browser.post(LOGIN, raw).status_code == 400

    def test_a_name_longer_than_any_is_a_wrong_one(self, browser):
        browser.client.raise_request_exception = False
        guess = {"username": "u" * 5000, "password": "wrong-wrong-wrong"}

        by_page = browser.client.post(
            "/admin/login/", guess, headers={"X-CSRFToken": browser.token, "referer": "http://testserver/"}
        )

        assert browser.sign_in(**guess).status_code == 400
        assert by_page.status_code == 200
        assert {attempt.username for attempt in AccessAttempt.objects.all()} == {"u" * 255}

    def test_a_whole_office_signs_in_from_one_address(self, browser, town):
        """Behind one router, at the change of shift."""
        statuses = {Browser().sign_in(name).status_code for name in ["duty", "duty2", "supervisor"] * 15}

        assert statuses == {200}


class TestProve:
    """The phone asks whoever opens it whether he has the password, while its session goes on."""

    def test_the_right_password_says_whose_the_session_is(self, browser):
        browser.sign_in()
        session = browser.client.cookies["sessionid"].value

        response = browser.prove()

        assert (response.status_code, response.json()["data"]["user"]["username"]) == (200, "duty")
        assert browser.client.cookies["sessionid"].value == session

    def test_a_wrong_one_is_refused_and_ends_nothing(self, browser):
        browser.sign_in()

        response = browser.prove("wrong-wrong-wrong")

        assert response.status_code == 400
        assert [error["param"] for error in response.json()["errors"]] == ["password"]
        assert browser.cases().status_code == 200

    def test_without_a_session_it_opens_nothing(self, browser):
        assert browser.prove().status_code == 401
        assert browser.cases().status_code == 401

    def test_guessing_is_counted_and_locked_out_as_at_sign_in(self, browser):
        browser.sign_in()
        for _ in range(8):
            response = browser.prove("wrong-wrong-wrong")
        [attempt] = AccessAttempt.objects.all()

        assert (attempt.username, attempt.failures_since_start) == ("duty", 8)
        assert (response.status_code, response.json()["code"]) == (429, "locked_out")
        assert browser.prove().status_code == 429
        assert Browser().sign_in().status_code == 429

    def test_a_page_without_the_token_proves_nothing(self, browser):
        browser.sign_in()

        response = browser.post(PROVE, {"password": make.PASSWORD}, **{"X-CSRFToken": "stale"})

        assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")


class TestCsrf:
    def test_a_post_without_the_token_is_refused(self, browser, town):
        row = make.case(town)
        browser.sign_in()

        response = browser.post(f"/api/v1/cases/{row.pk}/notes", {"text": "x"}, **{"X-CSRFToken": "stale"})

        assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")

    def test_a_sign_in_without_the_token_is_refused(self, town):
        response = Client(enforce_csrf_checks=True).post(LOGIN, {}, content_type="application/json")

        assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")

    def test_the_token_of_the_page_is_taken(self, browser, town):
        row = make.case(town)
        browser.sign_in()

        assert browser.post(f"/api/v1/cases/{row.pk}/notes", {"text": "x"}).status_code == 200


class TestLockOut:
    def lock(self, browser, username="duty", **headers):
        """Guess until locked out; return the last answer."""
        for _ in range(9):
            response = browser.sign_in(username, "wrong-wrong-wrong", **headers)
        return response

    def test_guessing_is_locked_out(self, browser):
        response = self.lock(browser)

        assert (response.status_code, response.json()["code"]) == (429, "locked_out")
        assert response["Retry-After"] == "900"

    def test_the_right_password_does_not_help_then(self, browser):
        self.lock(browser)

        assert browser.sign_in().status_code == 429
        assert browser.cases().status_code == 401

    def test_it_holds_for_that_name_only(self, browser):
        self.lock(browser)

        assert browser.sign_in("duty2").status_code == 200

    def test_it_holds_for_that_address_only(self, browser, town):
        self.lock(browser)

        assert Browser(REMOTE_ADDR="10.0.0.7").sign_in().status_code == 200

    def test_a_forged_address_is_not_believed(self, browser):
        for number in range(9):
            forged = {"X-Forwarded-For": f"10.0.0.{number}"}
            response = browser.sign_in(password="wrong-wrong-wrong", **forged)

        assert response.status_code == 429

    def test_a_name_that_does_not_exist_is_locked_alike(self, browser):
        assert self.lock(browser, "nobody-here").status_code == 429

    def test_it_is_gone_after_a_while(self, browser, time_machine):
        self.lock(browser)

        time_machine.move_to(now() + dt.timedelta(minutes=16))

        assert browser.sign_in().status_code == 200


class TestSignedOut:
    def test_a_disabled_user_is_out_at_the_next_request(self, browser, town):
        browser.sign_in()
        town.duty.is_active = False
        town.duty.save(update_fields=["is_active"])

        response = browser.cases()

        assert (response.status_code, response.json()["code"]) == (401, "signed_out")
        assert not Session.objects.exists()

    def test_enabling_him_does_not_bring_the_session_back(self, browser, town):
        browser.sign_in()
        for active in (False, True):
            town.duty.is_active = active
            town.duty.save(update_fields=["is_active"])
            status = browser.cases().status_code

        assert status == 401

    def test_a_cookie_stolen_before_signing_out_is_worth_nothing(self, browser):
        browser.sign_in()
        stolen = browser.client.cookies["sessionid"].value
        browser.client.delete(SESSION, headers={"X-CSRFToken": browser.token})
        browser.client.cookies["sessionid"] = stolen

        assert browser.cases().status_code == 401

    def test_answers_are_kept_in_no_cache(self, browser):
        browser.sign_in()

        assert browser.cases()["Cache-Control"] == "no-store"


class TestEndedSessions:
    @pytest.fixture
    def sessions(self, town):
        """Three people at their desks, each with a socket: name → session."""
        found = {}
        for name in ("duty", "duty2", "supervisor"):
            browser = Browser()
            browser.sign_in(name)
            key = browser.client.cookies["sessionid"].value
            found[name] = (key, str(town.users[name].pk), User.objects.get(username=name).standing)
        return found

    def ended(self, sessions):
        over = ended_sessions(set(sessions.values()))
        return {name for name, session in sessions.items() if session in over}

    def test_it_names_those_that_are_over(self, town, sessions):
        sessions["made-up"] = ("made-up", *sessions["duty"][1:])
        Session.objects.filter(pk=sessions["duty2"][0]).delete()
        User.objects.filter(username="supervisor").update(is_active=False)

        assert self.ended(sessions) == {"duty2", "supervisor", "made-up"}

    def test_who_has_another_post_opens_his_sockets_anew(self, town, sessions):
        Post.objects.filter(user=town.supervisor).delete()
        Post.objects.filter(user=town.duty2).update(role="analyst")

        assert self.ended(sessions) == {"supervisor", "duty2"}

    def test_who_has_another_password_too(self, town, sessions):
        town.duty.set_password("quite-another-one")
        town.duty.save(update_fields=["password"])

        assert self.ended(sessions) == {"duty"}

    def test_it_asks_as_often_for_one_as_for_all(self, town, sessions, django_assert_num_queries):
        with django_assert_num_queries(3):
            self.ended(sessions)
