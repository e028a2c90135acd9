"""The blocks of commands and manifests in what users read."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[tuple[str, str]]:
    """Language and text of each block of a page that names a language; others are pictures."""
    return _BLOCK.findall((ROOT / page).read_text())


def of(page: str, language: str) -> list[str]:
    """The texts of its blocks in one language."""
    return [text for found, text in blocks(page) if found == language]


def lines(text: str) -> list[str]:
    """The commands of a block, without the remarks behind them."""
    whole = text.replace("\\\n", " ").splitlines()
    return [line.partition("  #")[0].strip() for line in whole if line.strip()]
