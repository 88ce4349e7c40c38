"""`POST /api/v1/alerts/import`: a table of alerts uploaded; and the empty table to fill in."""

import io
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.intake.import_columns import COLUMNS, Column
from fieldops.intake.importing import import_alerts
from fieldops.lib.api import StrictSerializer, read_body
from fieldops.lib.clock import now
from fieldops.lib.errors import NotFound
from fieldops.teams.access import require
from fieldops.teams.accounts import actor_of, user_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportIn(StrictSerializer):
    """The file, and where its alerts come from when no column says."""

    file = serializers.FileField()
    source = serializers.CharField(max_length=40, default="import")  # type: ignore[assignment]


class Counts(serializers.Serializer[Any]):
    """What an import did."""

    rows = serializers.IntegerField()
    new = serializers.IntegerField()
    attached = serializers.IntegerField()
    again = serializers.IntegerField()


class AlertImport(APIView):
    """Take a CSV or XLSX file, all rows or none: 200 with counts, 400 with every error by row and column."""

    parser_classes = (MultiPartParser,)

    @extend_schema(request=ImportIn, responses={200: Counts})
    def post(self, request: Request) -> Response:
        user = user_of(request)
        require(user, "intake.import")
        if user.post is None:
            raise NotFound()
        body = read_body(ImportIn, request)
        done = import_alerts(
            center=user.post.center,
            content=body["file"].read(),
            source=body["source"],
            by=actor_of(request),
            at=now(),
        )
        return Response(Counts(done).data)


class ImportTemplate(APIView):
    """The empty table with its headers in the reader's language, and a second sheet that explains them."""

    @extend_schema(responses={(200, XLSX): OpenApiTypes.BINARY})
    def get(self, request: Request) -> HttpResponse:
        require(user_of(request), "intake.import")
        response = HttpResponse(template(get_language() or ""), content_type=XLSX)
        response["Content-Disposition"] = 'attachment; filename="alerts.xlsx"'
        return response


def template(language: str) -> bytes:
    """Return the empty table. Its cells are text, so that Excel leaves long numbers alone."""
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True}) as book:
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
        sheet, guide = book.add_worksheet(_("Alerts")), book.add_worksheet(_("How to fill in"))
        sheet.set_column(0, len(COLUMNS) - 1, 18, text)
        guide.set_column(0, 2, 40, text)
        sheet.freeze_panes(1, 0)
        guide.write_row(0, 0, [_("Column"), _("Required"), _("What to write")], bold)
        for number, column in enumerate(COLUMNS):
            header = header_in(column, language)
            sheet.write_string(0, number, header, bold)
            required = _("yes") if column.required else ""
            guide.write_row(number + 1, 0, [header, required, str(column.about)], text)
    return memory.getvalue()


def header_in(column: Column, language: str) -> str:
    """Return how a column is headed in a language; every one of these is read back."""
    return column.names[{"zh-hans": 0, "zh-hant": 1}.get(language.lower(), 2)]
