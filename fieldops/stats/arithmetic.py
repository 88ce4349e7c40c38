"""The sums a statistician would check: percentiles, changes, rates; integers only, so bytes never differ."""

from collections.abc import Sequence

PERCENTILES = (50, 90, 95)


def nearest_rank(values: Sequence[int], percentile: int) -> int | None:
    """Return the percentile by nearest rank: of n sorted values the ceil(p·n/100)-th; None of nothing.

    Always a value that occurred, never one between two; of 1..10 the 50th is 5, the 90th 9, the 95th 10.
    """
    if not values:
        return None
    rank = -(-percentile * len(values) // 100)
    return sorted(values)[max(rank, 1) - 1]


def percentiles(values: Sequence[int]) -> dict[str, int | None]:
    """Return count, p50, p90 and p95 of durations in seconds."""
    return {"n": len(values), **{f"p{p}_s": nearest_rank(values, p) for p in PERCENTILES}}


def permille(part: int, whole: int) -> int | None:
    """Return part of whole in thousandths (tenths of a percent), rounded half up; None of a whole of 0."""
    return _divide(1000 * part, whole) if whole else None


def change_permille(now: int | None, base: int | None) -> int | None:
    """Return (now − base) / base in thousandths; None when the base is zero or unknown: shown as "—"."""
    if now is None or not base:
        return None
    return _divide(1000 * (now - base), base)


def change_points(now: int | None, base: int | None) -> int | None:
    """Return the difference of two rates in tenths of a percentage point, never in percent."""
    return None if now is None or base is None else now - base


def _divide(numerator: int, denominator: int) -> int:
    """Divide, rounding half away from zero."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    return sign * ((2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator)))
