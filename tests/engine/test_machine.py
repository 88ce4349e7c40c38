"""§8.1: two phones, a desk, faults and crashes; nothing lost, nothing doubled, all alike in the end."""

import os
import random

import pytest

from tests.engine.conftest import Rig
from tests.engine.machine import Machine
from tests.engine.oracle import judge

STEPS = 2000
CREW = ["alpha1", "alpha2"]


@pytest.mark.slow
def test_two_thousand_steps(rig: Rig) -> None:
    seed = int(os.environ.get("MACHINE_SEED", random.randrange(10**6)))
    print(f"MACHINE_SEED={seed}")
    cases = rig.world["cases"][: rig.machine_cases]
    machine = Machine(rig.server, rig.net, rig.phones, [CREW], seed, list(cases))
    for name in CREW:
        rig.phones.make(name, rig.world)

    machine.run(int(os.environ.get("MACHINE_STEPS", STEPS)))
    rig.phones.until_settled(*CREW)

    print(machine.count, judge(machine))
