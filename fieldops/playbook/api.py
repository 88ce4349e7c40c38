"""Endpoints of the room: read by every signed-in person, kept by their version."""

from typing import Any

from django.utils.cache import get_conditional_response, patch_cache_control
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.lib.api import StrictSerializer
from fieldops.playbook import queries
from fieldops.playbook.models import Lang
from fieldops.playbook.wire import card_wire, type_wire


class CardsQuery(StrictSerializer):
    """Which language; left out, all of them."""

    lang = serializers.ChoiceField(choices=Lang.choices, required=False)


class Cards(APIView):
    """The cards in use and their version; `lang` picks one language, the original where it is missing."""

    @extend_schema(parameters=[CardsQuery], responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        query = CardsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        lang = query.validated_data.get("lang", "")
        version = queries.playbook_version()
        return _kept(
            request,
            tag=f"{version}-{lang or 'all'}",
            body=lambda: {
                "version": version,
                "cards": [card_wire(card) for card in queries.current_cards(lang)],
            },
        )


class ScamTypes(APIView):
    """The scam types in use, in three languages."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        version = queries.playbook_version()
        return _kept(
            request,
            tag=f"{version}-types",
            body=lambda: {"version": version, "scam_types": [type_wire(row) for row in queries.scam_types()]},
        )


def _kept(request: Request, *, tag: str, body: Any) -> Any:
    """Answer 304 when the reader has this version, else the body with its ETag."""
    etag = f'"{tag}"'
    response = get_conditional_response(request._request, etag=etag) or Response(body())
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response
