"""Paths of this room."""

from django.urls import path

from fieldops.cases import api

urlpatterns = [
    path("cases", api.CaseList.as_view()),
    path("cases/<uuid:case_id>", api.CaseDetail.as_view()),
    path("cases/<uuid:case_id>/calls", api.CaseCalls.as_view()),
    path("cases/<uuid:case_id>/grade", api.CaseGrade.as_view()),
    path("cases/<uuid:case_id>/whereabouts", api.CaseWhereabouts.as_view()),
    path("cases/<uuid:case_id>/notices", api.CaseNotices.as_view()),
    path("cases/<uuid:case_id>/close", api.CaseClose.as_view()),
    path("cases/<uuid:case_id>/reveal", api.CaseReveal.as_view()),
    path("cases/<uuid:case_id>/triage", api.CaseTriage.as_view()),
    path("cases/<uuid:case_id>/state", api.CaseState.as_view()),
    path("cases/<uuid:case_id>/notes", api.CaseNote.as_view()),
    path("cases/<uuid:case_id>/merge", api.CaseMerge.as_view()),
    path("cases/<uuid:case_id>/unmerge", api.CaseUnmerge.as_view()),
    path("calls/<uuid:call_id>", api.CallClose.as_view()),
    path("notices/<uuid:notice_id>", api.NoticeStep.as_view()),
]
