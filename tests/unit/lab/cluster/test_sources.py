import pytest

from lab.cluster import sources
from lab.cluster.sources import Source
from lab.tools import MODULES

SOURCES = [value for value in vars(sources).values() if isinstance(value, Source)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.module)
def test_every_source_is_pinned_with_its_checksum(source):
    folder = MODULES / source.pinned_by
    version = ""
    for line in (folder / "go.mod").read_text().splitlines():
        words = line.replace("require ", "").replace("=>", "").split()
        if words[:1] == [source.module]:
            version = words[-1] if words[-1].startswith("v") else words[1]
    assert version
    assert f"{source.module} {version} h1:" in (folder / "go.sum").read_text()
