"""The oracle at the end of a life: nothing lost, nothing doubled, everyone with the same."""

from typing import Any

from tests.engine.machine import Machine, facts_of, sum_of, worlds_of

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
    different = unequal(machine, names)
    assert not different, different[:5]
    held = facts_of(machine.server)

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


def unequal(machine: Machine, names: list[str], tries: int = 12) -> list[str]:
    """Return where phones differ from the server, each looked at until it was once equal.

    The server's timers go on: who did not confirm that he is called off is rung again, and everyone of his
    crew is told. Forty phones are not equal in one instant, but each must be in one.
    """
    left = list(names)
    for _ in range(tries):
        for name in left:
            machine.phones.ask(name, "wake")
        worlds = worlds_of(machine.server, left)
        found = {
            name: differences(worlds[name], machine.phones.ask(name, "world")["base"], name) for name in left
        }
        left = [name for name in left if found[name]]
        if not left:
            return []
    return [line for name in left for line in found[name]]


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
            if (has := theirs[kind].get(pk)) != row:
                fields = (
                    {key: (row[key], has.get(key)) for key in row if has.get(key) != row[key]}
                    if has
                    else None
                )
                found.append(f"{name} {kind} {pk}: {fields}")
    return found
