"""The bank-lobby scene through the actions, without a browser: every room does its part."""

from fieldops.cases.models import Case, CaseEvent
from fieldops.dispatch.models import Assignment
from fieldops.outcomes.models import Indicator, VisitReport
from tests import make


def test_it_carries_the_case_from_alert_to_outcome(town):
    row = make.called(town, make.case(town))
    assert (row.stage, row.triage_channel) == ("to_send", "mobile_team")
    offer = make.offered(town, make.at_bank(town, row))
    assert Case.objects.get(pk=row.pk).stage == "waiting_answer"

    accept = make.send_command(town.alpha1, make.envelope("accept", ("assignment", offer.pk)))
    joined = make.send_command(town.alpha2, make.envelope("accept", ("assignment", offer.pk)))
    drive = make.send_command(town.alpha1, make.envelope("set_out", ("assignment", offer.pk)))
    there = make.send_command(town.alpha1, make.envelope("arrive", ("assignment", offer.pk)))
    for kind, value in (
        ("account", "6222000011114471"),
        ("account", "6222000011110926"),
        ("phone", "13900001111"),
    ):
        args = {"id": str(make.new_id()), "kind": kind, "value": value}
        make.send_command(town.alpha1, make.envelope("indicator", ("case", row.pk), args))
    done = make.send_command(
        town.alpha1, make.envelope("conclude", ("assignment", offer.pk), {"report": make.report()})
    )

    outcomes = [result["outcome"] for result in (accept, joined, drive, there, done)]
    assert outcomes == ["applied"] * 5
    assert joined["code"] == "JOINED"
    assert Assignment.objects.get(pk=offer.pk).status == "concluded"
    assert Case.objects.get(pk=row.pk).stage == "to_review"
    assert VisitReport.objects.get().prevented_fen == 6_000_000
    assert Indicator.objects.count() == 3
    codes = list(CaseEvent.objects.filter(case=row).order_by("at", "pk").values_list("code", flat=True))
    assert codes[:4] == ["alert.received", "call.opened", "call.closed", "triaged"]
    assert [code for code in codes if code in ("accepted", "set_out", "arrived", "concluded")] == [
        "accepted",
        "set_out",
        "arrived",
        "concluded",
    ]
