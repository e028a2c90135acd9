from pathlib import Path

from contract.versions import KYVERNO, VOLSYNC, Version
from lab import pins
from stack import versions

DOCS = Path(__file__).parents[3] / "docs"


def number(text: str) -> Version:
    return Version(*map(int, text.split(".")))


def test_versions_are_ordered_by_their_numbers_and_not_as_text():
    assert Version(1, 9, 10) < Version(1, 10, 0) < Version(2, 0, 0)
    assert str(Version(1, 10, 0)) == "1.10.0"


def test_what_is_installed_and_tested_is_not_older_than_what_is_asked_for():
    tested = number(pins.BY_NAME["volsync"].pin)
    assert number(pins.KYVERNO) >= KYVERNO
    assert min(tested, number(versions.VOLSYNC.version)) >= VOLSYNC


def test_people_are_told_the_same_versions():
    adopt = " ".join((DOCS / "adopt.md").read_text().split())
    assert f"Kyverno is older than {KYVERNO} " in adopt
    text = (DOCS / "configuration.md").read_text()
    assert f"Kyverno >= {KYVERNO} is" in text
    assert f"VolSync >= {VOLSYNC} is" in text
