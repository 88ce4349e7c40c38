"""The second try: for browsers alone, in a process of its own, and said aloud."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT

# Fails as long as `tries` is below what is asked of it.
TEST = """
import pathlib, pytest
@pytest.mark.{mark}
@pytest.mark.parametrize("one", range({many}))
def test_it(one):
    tries = pathlib.Path(f"tries{{one}}")
    tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
    assert len(tries.read_text()) >= {asked}
"""


def run(folder: Path, *, mark: str = "browser", many: int = 1, asked: int = 2) -> tuple[int, str]:
    (folder / "test_one.py").write_text(TEST.format(mark=mark, many=many, asked=asked))
    done = subprocess.run(
        [sys.executable, "-m", "tests.twice", "-q", "-p", "no:django", "test_one.py"],
        cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_what_passes_alone_passes_and_is_named(tmp_path: Path) -> None:
    code, said = run(tmp_path)

    assert code == 0
    assert "SHAKY, passed only alone:\n  test_one.py::test_it[0]" in said


def test_what_fails_both_times_fails(tmp_path: Path) -> None:
    code, said = run(tmp_path, asked=3)

    assert (code, "SHAKY" in said) == (1, False)


@pytest.mark.parametrize("case", [{"mark": "slow"}, {"many": 6}], ids=["no browser", "too many"])
def test_these_have_no_second_try(tmp_path: Path, case: dict[str, object]) -> None:
    code, _ = run(tmp_path, **case)  # type: ignore[arg-type]

    assert code == 1
    assert (tmp_path / "tries0").read_text() == "x"
