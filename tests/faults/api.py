"""Cases made from our own contract, hostile strings mixed in: whatever is asked, no answer is a 5xx."""

import json
import os
import tempfile

from tests.faults.databases import env_of
from tests.servers import manage

CASES = 10_000
GO = "from tests.faults.api_cases import go; go(cases={cases}, seed={seed})"


def part(url: str | None) -> list[str]:
    """Ask FAULTS_CASES=10000 times, in one process without a server; FAULTS_SEED=… repeats a run."""
    cases = int(os.environ.get("FAULTS_CASES", CASES))
    seed = int(os.environ.get("FAULTS_SEED", int.from_bytes(os.urandom(2), "big")))
    with tempfile.TemporaryDirectory(prefix="fieldops-api-") as folder:
        ours = {"FIELDOPS_DATA_DIR": folder, "DATABASE_URL": f"sqlite:///{folder}/fieldops.sqlite3"}
        # What is found is told below; a log of ten thousand refusals is not read.
        env = {**os.environ, **ours, "FIELDOPS_LOG": "CRITICAL", **env_of(url)}
        manage(env, "migrate", "-v0")
        said = manage(env, "shell", "-v0", "-c", GO.format(cases=cases, seed=seed))
    told = json.loads(said.splitlines()[-1])
    asked, operations, by_class = told["asked"], told["operations"], told["by_class"]
    print(f"   {asked} cases of {operations} operations, FAULTS_SEED={seed}; answers: {by_class}")
    found: list[str] = told["found"]
    return found
