"""Where the tests of the upper tiers find their tools."""

from pathlib import Path

import pytest

from lab import tools


def tool(name: str) -> Path:
    """A built tool, or one on PATH. Tests never build: `scripts/test` does before them."""
    binary = tools.built(tools.BY_NAME[name])
    path = binary if binary.exists() else tools.on_path(tools.BY_NAME[name])
    if path is None:
        pytest.skip(f"{name} is neither built nor on PATH")
    return path
