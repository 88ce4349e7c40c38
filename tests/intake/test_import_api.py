"""`POST alerts/import` and its template, over HTTP."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from fieldops.cases.models import Case
from fieldops.intake.import_columns import COLUMNS, column_of
from tests.intake.sheets import csv_file, row, xlsx_file
from tests.make import BACKEND, Town

PATH = "/api/v1/alerts/import"


def upload(town: Town, who: str, content: bytes, **fields: str):  # type: ignore[no-untyped-def]
    client = Client()
    client.force_login(town.users[who], backend=BACKEND)
    return client.post(PATH, {"file": SimpleUploadedFile("../../警.csv", content), **fields})


class TestUpload:
    def test_it_answers_with_counts(self, town: Town) -> None:
        answer = upload(town, "duty", xlsx_file(row(1), row(2)), source="补发")

        assert answer.status_code == 200
        assert answer.json() == {"rows": 2, "new": 2, "attached": 0, "again": 0}
        assert {case.source for case in Case.objects.all()} == {"补发"}

    def test_it_answers_errors_as_a_problem(self, town: Town) -> None:
        answer = upload(town, "supervisor", csv_file(row(1, 等级="紧急")))

        assert answer.status_code == 400
        assert answer["Content-Type"].startswith("application/problem+json")
        body = answer.json()
        assert (body["code"], body["count"]) == ("import_refused", 1)
        assert {"row": 2, "column": "等级", "value": "紧急", "code": "not_in_list"}.items() <= body["errors"][
            0
        ].items()

    def test_it_opens_cases_only_in_the_own_centre(self, town: Town) -> None:
        upload(town, "stranger", csv_file(row(1)))

        assert Case.objects.get().center == town.other

    @pytest.mark.parametrize("who", ["analyst", "auditor", "alpha1"])
    def test_it_refuses_other_roles(self, town: Town, who: str) -> None:
        assert upload(town, who, csv_file(row(1))).status_code == 403
        assert not Case.objects.exists()

    def test_it_refuses_the_signed_out_no_file_and_unknown_fields(self, town: Town) -> None:
        assert Client().post(PATH, {}).status_code == 401
        assert upload(town, "duty", csv_file(row(1)), mood="good").status_code == 400
        client = Client()
        client.force_login(town.duty, backend=BACKEND)
        assert client.post(PATH, {}).status_code == 400
        assert client.post(PATH, {}, content_type="application/json").status_code == 415
        assert not Case.objects.exists()

    def test_it_demands_the_csrf_token(self, town: Town) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(town.duty, backend=BACKEND)

        assert client.post(PATH, {}).json()["code"] == "csrf_failed"


class TestTemplate:
    @pytest.mark.parametrize(
        ("language", "first"), [("zh-hans", "编号"), ("zh-hant", "編號"), ("en", "external_id")]
    )
    def test_it_can_be_filled_in_and_sent(self, town: Town, language: str, first: str) -> None:
        client = Client()
        client.force_login(town.duty, backend=BACKEND)

        answer = client.get(f"{PATH}/template.xlsx", headers={"Accept-Language": language})

        book = load_workbook(io.BytesIO(answer.content))
        header = [cell.value for cell in book.worksheets[0][1]]
        assert header[0] == first
        assert [column_of(name) for name in header] == list(COLUMNS)
        assert book.worksheets[0].max_row == 1
        assert book.worksheets[1].max_row == len(COLUMNS) + 1

    def test_it_refuses_other_roles(self, town: Town) -> None:
        client = Client()
        client.force_login(town.alpha1, backend=BACKEND)

        assert client.get(f"{PATH}/template.xlsx").status_code == 403
