"""Nothing lost, nothing doubled: what the phones saved against what the database holds."""

import json
from collections.abc import Mapping, Sequence

from tests.faults.phones import Phone
from tests.servers import manage

COUNT = """
import json
from collections import Counter
from django.db.models import Count, Sum
from fieldops.cases.models import CaseEvent
from fieldops.dispatch.models import Message
from fieldops.feed.models import FeedHead, FeedRow
from fieldops.outcomes.models import Indicator, Note, VisitReport
from fieldops.sync.models import RefusedCommand, SyncCommand
desk = FeedRow.objects.filter(recipient__startswith="desk:", cmd_id__isnull=False)
facts = desk.filter(kind__in=["note.added", "indicator.added", "message.sent"])
told = Counter(facts.values_list("cmd_id", flat=True))
rows = FeedRow.objects.values("recipient").annotate(n=Count("id"))
heads = dict(FeedHead.objects.values_list("recipient", "last"))
pruned = dict(FeedHead.objects.values_list("recipient", "pruned_to"))
print("oracle", json.dumps({
    "commands": [str(pk) for pk in SyncCommand.objects.exclude(device_id=None).values_list("pk", flat=True)],
    "open": SyncCommand.objects.filter(result={}).count(),
    "refused": RefusedCommand.objects.count(),
    "note": Note.objects.count(), "indicator": Indicator.objects.count(), "say": Message.objects.count(),
    "note lines": CaseEvent.objects.filter(code="note", params__text__startswith="round").count(),
    "indicator lines": CaseEvent.objects.filter(code="indicator.added").count(),
    "told twice": sum(count > 1 for count in told.values()),
    "told": len(told),
    "gaps": [row["recipient"] for row in rows
             if heads[row["recipient"]] - pruned[row["recipient"]] != row["n"]],
    "prevented": VisitReport.objects.aggregate(sum=Sum("prevented_fen"))["sum"] or 0,
    "reports": VisitReport.objects.count(),
}))
"""


def findings(env: Mapping[str, str], phones: Sequence[Phone]) -> list[str]:
    """Return what is lost, doubled or not as the phones' scripts say; none is good."""
    found = json.loads(manage(env, "shell", "-v0", "-c", COUNT).split("oracle ", 1)[1])
    saved = [saved for phone in phones for saved in phone.disk]
    wanted = {one.command["cmd_id"] for one in saved}
    there = found["commands"]
    kinds = {kind: sum(one.command["type"] == kind for one in saved) for kind in ("note", "indicator", "say")}
    reported = [phone for phone in phones if any(one.command["type"] == "report" for one in phone.disk)]
    facts = {
        "commands lost": (len(wanted - set(there)), 0),
        "commands doubled": (len(there) - len(set(there)), 0),
        "commands nobody saved": (len(set(there) - wanted), 0),
        "commands without a result": (found["open"], 0),
        "commands refused": (found["refused"], 0),
        **{f"{kind}s": (found[kind], count) for kind, count in kinds.items()},
        "lines of notes": (found["note lines"], kinds["note"]),
        "lines of indicators": (found["indicator lines"], kinds["indicator"]),
        "facts told twice": (found["told twice"], 0),
        "facts told": (found["told"], sum(kinds.values())),
        "feeds with a gap": (found["gaps"], []),
        "reports": (found["reports"], len(reported)),
        "fen prevented": (found["prevented"], sum(phone.prevented_fen for phone in reported)),
    }
    wrong = [f"{name}: {has}, not {due}" for name, (has, due) in facts.items() if has != due]
    return wrong + [line for phone in phones for line in phone.wrong]
