"""Pages of which one part is written by scripts/golden, between two marks."""


def between(text: str, begin: str, end: str, part: str) -> str:
    """The page with the part between its marks; what else is in it stays."""
    before, found, rest = text.partition(begin)
    _old, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"the page has no place for what is written here: {begin}")
    return f"{before}{begin}\n{part}{end}{after}"
