"""Run the tests; what failed in a real browser is asked once more, alone.

`python -m tests.twice [pytest arguments]` passes its arguments on and answers with pytest's exit code.
On two cores beside two others, a browser, a server and a database wait for each other in ways no patience
covers. A test that passes alone is named as shaky at the end: read it. What fails without a browser, or more
than a few, is a fault at once (docs/decisions/0060-asked-twice.md).
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

# More than this many is not a slow machine.
MOST = 5


class Failed:
    """What failed, by its id, and whether it drives a browser."""

    def __init__(self) -> None:
        self.found: dict[str, bool] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.found[report.nodeid] = "browser" in report.keywords


def may_be_asked(code: int, failed: Mapping[str, bool]) -> bool:
    """Only tests failed, few of them, and each of them in a browser."""
    return code == pytest.ExitCode.TESTS_FAILED and 0 < len(failed) <= MOST and all(failed.values())


def main(args: Sequence[str]) -> int:
    failed = Failed()
    code = int(pytest.main(list(args), plugins=[failed]))
    if not may_be_asked(code, failed.found):
        return code

    names = "\n  ".join(failed.found)
    print(f"\nFailed in a browser beside the others; once more, alone:\n  {names}", flush=True)
    again = subprocess.run([sys.executable, "-m", "pytest", "-q", *failed.found], check=False).returncode
    if not again:
        print(f"SHAKY, passed only alone:\n  {names}", flush=True)
    return again


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
