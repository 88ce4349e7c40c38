"""The product's settings with a tape before everything else."""

from tests.engine.settings import *  # noqa: F403

MIDDLEWARE = ["tests.sync.recorded.tape.Tape", *MIDDLEWARE]  # type: ignore[name-defined]  # noqa: F405
