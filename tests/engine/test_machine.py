"""§8.1: two phones, a desk, faults and crashes; nothing lost, nothing doubled, all alike in the end."""

import os
import random

import pytest

from tests.chaos import chaos
from tests.engine.machine import Machine, judge
from tests.engine.swarm import needs_node, swarm
from tests.servers import manage, run_server

ENV = {"DJANGO_SETTINGS_MODULE": "tests.engine.settings", "FIELDOPS_LOG": "WARNING"}
STEPS = int(os.environ.get("MACHINE_STEPS", "2000"))


@needs_node()
@pytest.mark.slow
def test_two_thousand_steps() -> None:
    seed = int(os.environ.get("MACHINE_SEED", random.randrange(10**6)))
    print(f"MACHINE_SEED={seed}")
    with (
        run_server(
            ENV,
            prepare=lambda env: manage(env, "shell", "-c", "from tests.engine.world import fill; fill(14)"),
        ) as server,
        chaos(server.port, seed=seed) as net,
        swarm(net.url) as phones,
    ):
        machine = Machine(server, net, phones, [["alpha1", "alpha2"]], seed)
        for name in ("alpha1", "alpha2"):
            phones.make(name, machine.world)

        machine.run(STEPS)
        phones.until_settled("alpha1", "alpha2")

        print(machine.count, judge(machine))
