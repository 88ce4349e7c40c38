"""What a gateway says back, whichever it is."""

from dataclasses import dataclass

from fieldops.dispatch.models import RingOutcome


@dataclass(frozen=True)
class Said:
    """What became of a ring, and the gateway's own code for it."""

    outcome: RingOutcome
    detail: str = ""


class GatewayDown(Exception):
    """The gateway did not answer, or asked to be tried again; nothing is known of the ring."""
