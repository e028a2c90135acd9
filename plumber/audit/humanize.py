"""Formats numbers for people. Pure."""

from collections.abc import Sequence

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
SPANS: Sequence[tuple[str, int]] = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def size(number: int) -> str:
    """Bytes, with three digits at most before a unit."""
    value, unit = float(number), UNITS[0]
    for unit in UNITS:
        if value < 1000 or unit == UNITS[-1]:
            break
        value /= 1024
    return f"{value:.0f} {unit}" if value >= 10 or unit == UNITS[0] else f"{value:.1f} {unit}"


def span(seconds: float) -> str:
    """The two largest units of a time span: 3 d 4 h."""
    left = max(0, round(seconds))
    first = next((place for place, (_, unit) in enumerate(SPANS) if left >= unit), len(SPANS) - 1)
    parts = []
    for name, unit in SPANS[first : first + 2]:
        count, left = divmod(left, unit)
        parts.append(f"{count} {name}" if count or not parts else "")
    return " ".join(filter(None, parts))


def count(number: int, noun: str) -> str:
    """1 PVC, 2 PVCs."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}".replace(",", " ")
