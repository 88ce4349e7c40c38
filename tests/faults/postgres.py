"""To be written."""


def part(url: str | None) -> list[str]:
    return []
