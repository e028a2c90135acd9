"""Series as promtool writes them: values by the text of the series, a sample a minute."""

import re

Series = dict[str, str]


def samples(values: str) -> int:
    """How many samples a series has: promtool reads `1x3` as four, `_x3` as three of none."""
    total = 0
    for value, times in re.findall(r"(\S+?)(?:x(\d+))?(?:\s|$)", values):
        total += int(times or 0) + (not times or value != "_")
    return total


def followed_by(first: Series, second: Series, at: int) -> Series:
    """One scene, and from a minute on another."""
    length = max([at, *map(samples, first.values())])
    joined = {}
    for key in {**first, **second}:
        values = first.get(key, "_")
        gap = length - samples(values)
        parts = (values, f"_x{gap}" if gap else "", second.get(key, ""))
        joined[key] = " ".join(filter(None, parts))
    return joined
