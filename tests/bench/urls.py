"""The product's paths and `bench/insert`: session, CSRF, serializer, one row, nothing else."""

from django.db import transaction
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops import urls
from fieldops.audit.models import AuditRow
from fieldops.lib.api import StrictSerializer, read_body
from fieldops.lib.clock import now


class Row(StrictSerializer):
    """A body as small as an offer's."""

    subject = serializers.UUIDField()
    reason = serializers.CharField(max_length=200)


class Insert(APIView):
    """Write one row."""

    def post(self, request: Request) -> Response:
        body = read_body(Row, request)
        with transaction.atomic():
            row = AuditRow.objects.create(
                at=now(),
                verb="bench",
                subject_kind="bench",
                subject_id=str(body["subject"]),
                reason=body["reason"],
            )
        return Response({"id": row.pk}, status=201)


urlpatterns = [path("bench/insert", Insert.as_view()), *urls.urlpatterns]
handler400, handler404, handler500 = urls.handler400, urls.handler404, urls.handler500
