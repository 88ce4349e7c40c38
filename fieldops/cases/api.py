"""Endpoints of the room: translate in, one domain call, translate out."""

import datetime as dt
import uuid
from typing import Any

from django.utils.dateparse import parse_datetime
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import exceptions, generics, pagination, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.cases import actions, forms, queries
from fieldops.cases.models import Case, Level, Person, Stage
from fieldops.cases.wire import call_wire, case_wire, notice_wire
from fieldops.lib.api import read_body
from fieldops.lib.clock import in_our_time, now
from fieldops.lib.errors import Invalid
from fieldops.places.models import Contact, Place
from fieldops.teams.access import reach, require, visible
from fieldops.teams.accounts import actor_of, user_of

WIRE = {200: OpenApiTypes.OBJECT}


class CasePages(pagination.CursorPagination):
    """The next loss first; a cursor, so a moving list never skips a row."""

    ordering = ("due_at", "pk")
    page_size = 50

    def decode_cursor(self, request: Request) -> Any:
        """Refuse a made-up position; it would reach the database's date parsing as a fault (500)."""
        cursor = super().decode_cursor(request)
        if cursor and cursor.position is not None and not _is_time(str(cursor.position)):
            raise exceptions.NotFound(self.invalid_cursor_message)
        return cursor


class CaseFilter(filters.FilterSet):
    """Narrow by stage, level, text."""

    stage = filters.ChoiceFilter(choices=Stage.choices)
    level = filters.ChoiceFilter(choices=Level.choices)
    text = filters.CharFilter(method="by_text")

    class Meta:
        model = Case
        fields = ["stage", "level"]

    def by_text(self, queryset: Any, name: str, value: str) -> Any:
        return queries.search(queryset, value)


class CaseRow(serializers.BaseSerializer[Case]):
    """The wire shape, for lists."""

    def to_representation(self, instance: Case) -> dict[str, Any]:
        return case_wire(instance)


class CaseList(generics.ListAPIView[Case]):
    """The cases within reach."""

    serializer_class = CaseRow
    pagination_class = CasePages
    filterset_class = CaseFilter
    queryset = Case.objects.none()

    @extend_schema(operation_id="cases_list", responses=WIRE)
    def get(self, request: Request) -> Response:
        return super().get(request)

    def get_queryset(self) -> Any:
        return queries.cases_for(user_of(self.request))


class CaseDetail(APIView):
    """One case, masked, with both tracks and the timeline; the look is audited before the data is read."""

    @extend_schema(responses=WIRE)
    def get(self, request: Request, case_id: uuid.UUID) -> Response:
        case = queries.case_for(user_of(request), case_id)
        actions.look_at_case(case=case, by=actor_of(request), at=now())
        return Response(queries.case_detail(case))


class CaseMove(APIView):
    """Base of the writes on one case: role, reach, body, one action, the case again."""

    capability = "cases.work"
    form: type[serializers.Serializer[Any]]
    success: int = status.HTTP_200_OK

    def post(self, request: Request, case_id: uuid.UUID) -> Response:
        case = queries.case_for(user_of(request), case_id)
        require(user_of(request), self.capability)
        body = read_body(self.form, request)
        return Response(self.act(request, case, body, now()), status=self.success)

    def act(self, request: Request, case: Case, body: dict[str, Any], at: dt.datetime) -> Any:
        """Make the one domain call and return the answer's body."""
        raise NotImplementedError


@extend_schema(request=forms.CallOpen, responses={201: OpenApiTypes.OBJECT})
class CaseCalls(CaseMove):
    """Press *call*: claims the person and opens name and phone."""

    form = forms.CallOpen
    success = status.HTTP_201_CREATED

    def act(self, request: Request, case: Case, body: dict[str, Any], at: dt.datetime) -> Any:
        by = actor_of(request)
        call = actions.open_call(case_id=case.pk, by=by, at=at, target=body["target"], call_id=body.get("id"))
        secret = actions.open_person(case) if actions.opens_person(call, by) else None
        return {"call": call_wire(call), "secret": secret}


class CallClose(APIView):
    """Record what came of a call."""

    @extend_schema(request=forms.CallClose, responses=WIRE)
    def patch(self, request: Request, call_id: uuid.UUID) -> Response:
        call = queries.call_for(user_of(request), call_id)
        require(user_of(request), "cases.work")
        body = read_body(forms.CallClose, request)
        closed = actions.close_call(call_id=call.pk, by=actor_of(request), at=now(), **body)
        return Response(
            {"call": call_wire(closed), "case": case_wire(queries.case_for(user_of(request), call.case_id))}
        )


@extend_schema(request=forms.Grade, responses=WIRE)
class CaseGrade(CaseMove):
    """Grade again, with a reason."""

    form = forms.Grade

    def act(self, request: Request, case: Case, body: dict[str, Any], at: dt.datetime) -> Any:
        return case_wire(actions.grade_case(case_id=case.pk, by=actor_of(request), at=at, **body))


@extend_schema(request=forms.WhereaboutsIn, responses=WIRE)
class CaseWhereabouts(CaseMove):
    """Say where he is now."""

    form = forms.WhereaboutsIn

    def act(self, request: Request, case: Case, body: dict[str, Any], at: dt.datetime) -> Any:
        body["said_at"] = past(body.get("said_at"), at)
        place_id = body.pop("place", None)
        place = reach(Place.objects.all(), user_of(request), place_id) if place_id else None
        moved = actions.say_whereabouts(case_id=case.pk, by=actor_of(request), at=at, place=place, **body)
        return case_wire(moved)


@extend_schema(request=forms.NoticeIn, responses={201: OpenApiTypes.OBJECT})
class CaseNotices(CaseMove):
    """Record that somebody outside was told."""

    form = forms.NoticeIn
    success = status.HTTP_201_CREATED

    def act(self, request: Request, case: Case, body: dict[str, Any], at: dt.datetime) -> Any:
        contact_id = body.pop("contact", None)
        told_at = past(body.pop("told_at", None), at)
        notice_id = body.pop("id", None)
        contact = self._contact(request, contact_id) if contact_id else None
        notice = actions.tell_partner(
            case_id=case.pk,
            by=actor_of(request),
            at=told_at,
            contact=contact,
            notice_id=notice_id,
            **body,
        )
        return notice_wire(notice)

    @staticmethod
    def _contact(request: Request, contact_id: uuid.UUID) -> Contact:
        found = Contact.objects.filter(
            pk=contact_id, place__in=visible(Place.objects.all(), user_of(request))
        ).first()
        if found is None:
            raise Invalid("unknown_contact", errors={"contact": ["unknown"]})
        return found


class NoticeStep(APIView):
    """One tap on a notice."""

    @extend_schema(request=forms.NoticeStep, responses=WIRE)
    def patch(self, request: Request, notice_id: uuid.UUID) -> Response:
        notice = queries.notice_for(user_of(request), notice_id)
        require(user_of(request), "cases.work")
        body = read_body(forms.NoticeStep, request)
        at = past(body.get("at"), now())
        done = actions.update_notice(
            notice_id=notice.pk,
            step=body["step"],
            name=body.get("name", ""),
            by=actor_of(request),
            at=at,
        )
        return Response(notice_wire(done))


@extend_schema(request=forms.Close, responses=WIRE)
class CaseClose(CaseMove):
    """Close the case."""

    form = forms.Close

    def act(self, request: Request, case: Case, body: dict[str, Any], at: dt.datetime) -> Any:
        return case_wire(actions.close_case(case_id=case.pk, by=actor_of(request), at=at, **body))


@extend_schema(request=forms.Reveal, responses=WIRE)
class CaseReveal(CaseMove):
    """Show the personal data, for a typed reason."""

    form = forms.Reveal

    def act(self, request: Request, case: Case, body: dict[str, Any], at: dt.datetime) -> Any:
        return actions.reveal_person(case_id=case.pk, reason=body["reason"], by=actor_of(request), at=at)


@extend_schema(request=forms.Override, responses=WIRE)
class CaseTriage(CaseMove):
    """Decide otherwise than triage."""

    capability = "triage.override"
    form = forms.Override

    def act(self, request: Request, case: Case, body: dict[str, Any], at: dt.datetime) -> Any:
        return case_wire(actions.override_triage(case_id=case.pk, by=actor_of(request), at=at, **body))


@extend_schema(request=forms.State, responses=WIRE)
class CaseState(CaseMove):
    """Say how deep the person is in."""

    form = forms.State

    def act(self, request: Request, case: Case, body: dict[str, Any], at: dt.datetime) -> Any:
        state = body["victim_state"]
        return case_wire(actions.set_victim_state(case_id=case.pk, state=state, by=actor_of(request), at=at))


@extend_schema(request=forms.Note, responses=WIRE)
class CaseNote(CaseMove):
    """Write one line on the timeline."""

    form = forms.Note

    def act(self, request: Request, case: Case, body: dict[str, Any], at: dt.datetime) -> Any:
        return case_wire(actions.write_note(case_id=case.pk, text=body["text"], by=actor_of(request), at=at))


@extend_schema(request=forms.Merge, responses=WIRE)
class CaseMerge(CaseMove):
    """Say that another person is the same as this case's."""

    capability = "triage.override"
    form = forms.Merge

    def act(self, request: Request, case: Case, body: dict[str, Any], at: dt.datetime) -> Any:
        actions.merge_people(keep_id=case.person_id, drop_id=body["drop"], by=actor_of(request), at=at)
        return case_wire(queries.case_for(user_of(request), case.pk))


@extend_schema(request=forms.Unmerge, responses=WIRE)
class CaseUnmerge(CaseMove):
    """Take back that another person is the same as this case's."""

    capability = "triage.override"
    form = forms.Unmerge

    def act(self, request: Request, case: Case, body: dict[str, Any], at: dt.datetime) -> Any:
        merged = reach(Person.objects.all(), user_of(request), body["person"])
        actions.unmerge_person(person_id=merged.pk, by=actor_of(request), at=at)
        return case_wire(queries.case_for(user_of(request), case.pk))


def _is_time(text: str) -> bool:
    try:
        at = parse_datetime(text)
    except ValueError:
        return False
    return at is not None and in_our_time(at)


def past(said: dt.datetime | None, at: dt.datetime) -> dt.datetime:
    """Return when something was done, never in the future and not older than a day."""
    if said is None:
        return at
    if said > at + dt.timedelta(minutes=2) or said < at - dt.timedelta(days=1):
        raise Invalid("invalid", errors={"at": ["must be within the last day"]})
    return min(said, at)
