"""Masks: what may stand on a list (domain.md, Formats)."""


def mask_name(name: str) -> str:
    """王庆和 → 王*."""
    return f"{name[0]}*" if name else ""


def mask_phone(phone: str) -> str:
    """13812345678 → 138****5678; shorter numbers keep three and two, very short ones nothing."""
    if len(phone) >= 11:
        return f"{phone[:3]}****{phone[-4:]}"
    return f"{phone[:3]}****{phone[-2:]}" if len(phone) >= 8 else "*" * len(phone)


def mask_id(number: str) -> str:
    """500101199001011234 → 500101********1234; a passport's or permit's keeps its last two."""
    if len(number) >= 15:
        return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"
    return f"{'*' * (len(number) - 2)}{number[-2:]}" if len(number) >= 6 else "*" * len(number)


def mask_tail(value: str) -> str:
    """Keep the last four: 6222…4471 → ****4471; of something short nothing."""
    return f"****{value[-4:]}" if len(value) >= 8 else "*" * len(value)


def mask_middle(value: str) -> str:
    """Keep the ends of a name of a thing: 优享单 → 优*单; example.cc → ex***cc."""
    if len(value) <= 2:
        return "*" * len(value)
    keep = 1 if len(value) < 6 else 2
    return f"{value[:keep]}{'*' * (len(value) - 2 * keep)}{value[-keep:]}"
