"""The cases behind each figure: a count is the length of its list, so the two cannot disagree."""

import uuid
from collections.abc import Iterable
from typing import Any

from fieldops.stats.facts import CaseFact


class Book:
    """Figure → cases."""

    def __init__(self) -> None:
        self._numbers: dict[uuid.UUID, str] = {}
        self._figures: dict[str, list[uuid.UUID]] = {}

    def put(self, figure: str, cases: Iterable[CaseFact]) -> int:
        """Put cases behind a figure and return how many there are now."""
        return self.put_pairs(figure, ((case.id, case.number) for case in cases))

    def put_pairs(self, figure: str, pairs: Iterable[tuple[uuid.UUID, str]]) -> int:
        """Put (id, number) pairs behind a figure and return how many there are now."""
        behind = self._figures.setdefault(figure, [])
        for case_id, number in pairs:
            self._numbers[case_id] = number
            behind.append(case_id)
        return len(behind)

    def refs(self) -> dict[str, Any]:
        """Return what is stored: cases once as [id, number], figures as places in that list."""
        order = {case_id: place for place, case_id in enumerate(sorted(self._numbers, key=str))}
        cases = [[str(case_id), self._numbers[case_id]] for case_id in order]
        figures = {name: [order[i] for i in ids] for name, ids in sorted(self._figures.items()) if ids}
        return {"cases": cases, "figures": figures}
