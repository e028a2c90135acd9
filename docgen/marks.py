"""Replaces the part of a page that scripts/golden writes, between two marks."""


def between(text: str, begin: str, end: str, part: str) -> str:
    """The page with this part between its marks, and everything else unchanged."""
    before, begin_mark, remainder = text.partition(begin)
    _old, end_mark, after = remainder.partition(end)
    if not (begin_mark and end_mark):
        raise ValueError(f"the page has no place for what is written here: {begin}")
    return f"{before}{begin}\n{part}{end}{after}"
