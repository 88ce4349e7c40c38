"""The scenes a drill plays: what the alert says, how the person is, what kind of place it is at. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Played:
    """One scene: the alert, the state of the person, and where it is played."""

    level: str
    family: str
    scam_type: str
    amount_fen: int
    state: str
    place_kinds: tuple[str, ...]  # of the centre's places, the first kind it has any of
    detail: str


SCENES: dict[str, Played] = {
    "bank_lobby": Played(
        "critical", "money", "SD", 6_000_000, "convinced", ("bank_branch", "community", "station"), "lobby"
    ),
    "dormitory": Played(
        "high", "net", "SD", 300_000, "hangs_up", ("school", "campus", "community"), "dormitory"
    ),
    "phone_dead": Played(
        "critical", "money", "SD", 6_000_000, "convinced", ("bank_branch", "community", "station"), "lobby"
    ),
}
