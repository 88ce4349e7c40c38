"""The oracle at the end of a life: nothing lost, nothing doubled, everyone with the same."""

from typing import Any

from tests.engine.machine import Machine, facts_of, sum_of

# Tables of a snapshot, and what the phone calls them.
TABLES = {
    "cases": "case",
    "calls": "call",
    "notices": "notice",
    "assignments": "assignment",
    "messages": "message",
    "reports": "report",
    "indicators": "indicator",
    "notes": "note",
    "lines": "line",
    "secrets": "secret",
}


def judge(machine: Machine) -> dict[str, int]:
    """Fail unless nothing was lost, nothing doubled, and everyone has the same; return what was counted."""
    names = machine.names
    held = facts_of(machine.server)
    for _ in range(5):
        bases = {name: machine.phones.ask(name, "world")["base"] for name in names}
        different = [line for name in names for line in differences(held["worlds"][name], bases[name], name)]
        if not different:
            break
        # A timer of the server may have spoken in between.
        for name in names:
            machine.phones.ask(name, "wake")
        held = facts_of(machine.server)
    assert not different, different[:5]

    ours = {machine.world["phones"][name]["user"]["id"] for name in names}
    held["everyones"] = held["commands"]
    held["commands"] = [row for row in held["commands"] if row["user_id"] in ours]
    rows = {row["cmd_id"]: row for row in held["commands"]}
    ever = {cmd_id for name in names for cmd_id in machine.phones.ask(name, "ever")}
    assert len(rows) == len(held["commands"])
    lost = [cmd_id for cmd_id in machine.saved if cmd_id not in rows]
    assert not lost, f"saved and lost: {lost[:5]}"
    strange = [cmd_id for cmd_id in rows if cmd_id not in ever]
    assert not strange, f"never on a phone: {strange[:5]}"
    bad = [row for row in rows.values() if row["result"]["outcome"] in ("dead_letter", "deferred")]
    assert not bad, bad[:3]
    assert held["refused"] == 0
    check_effects(machine, held, rows)
    backward = [line for name in names for line in machine.phones.ask(name, "state")["backward"]]
    assert not backward, backward[:5]
    return {"commands": len(rows), "saved": len(machine.saved), "lines": len(machine.words)}


def check_effects(machine: Machine, held: dict[str, Any], rows: dict[str, Any]) -> None:
    """Every saved fact stands exactly once on the timeline; sums are the script's; steps stand once."""
    wrong = {text: held["lines"].get(text, 0) for text in machine.words if held["lines"].get(text, 0) != 1}
    refused = {
        text for text, cmd_id in machine.words.items() if rows[cmd_id]["result"]["outcome"] == "conflict"
    }
    wrong = {text: times for text, times in wrong.items() if not (times == 0 and text in refused)}
    assert not wrong, f"facts not exactly once: {wrong}"
    unique = {text: n for text, n in held["lines"].items() if f"-{machine.names[0]}-" in text}
    assert all(n == 1 for n in unique.values()), unique
    # How a person seemed to a crew called off is only written down: once for each command.
    states = [row for row in held["everyones"] if row["type"] == "state"]
    late = [row for row in states if row["result"]["outcome"] == "flagged"]
    assert sum(n for text, n in held["lines"].items() if text.startswith("state ")) == len(late)
    assert not held["steps"], held["steps"]
    users = {own["user"]["id"]: name for name, own in machine.world["phones"].items()}
    told = [(row["assignment"], users[row["author"]], row["prevented"]) for row in held["reports"]]
    assert len({(assignment, who) for assignment, who, _ in told}) == len(told)
    script = [sum_of(assignment, who) for assignment, who, _ in told]
    assert [prevented for *_, prevented in told] == script
    concluded = {pk for pk, status in held["assignments"].items() if status == "concluded"}
    assert concluded <= {assignment for assignment, *_ in told}


def differences(ours: dict[str, Any], theirs: dict[str, Any], name: str) -> list[str]:
    """Return where a phone's confirmed world is not the server's."""
    found = []
    for table, kind in TABLES.items():
        for pk, row in ours[table].items():
            if theirs[kind].get(pk) != row:
                found.append(f"{name} {kind} {pk}: {row} != {theirs[kind].get(pk)}")
    return found
