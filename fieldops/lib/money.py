"""Money: integer fen inside; 万 and 亿 are only a way of writing it."""


def yuan(fen: int) -> str:
    """Return fen as yuan with thousands separators: 6000000 → `60,000`, 622550 → `6,225.50`."""
    whole, rest = divmod(abs(fen), 100)
    sign = "−" if fen < 0 else ""
    return f"{sign}{whole:,}" + (f".{rest:02d}" if rest else "")


def wan(fen: int, places: int = 2) -> str:
    """Return fen in units of ten thousand yuan: 6000000 → `6.00`."""
    return f"{fen / 1_000_000:,.{places}f}".replace("-", "−")
