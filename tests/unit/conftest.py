from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.http_api import FakeCluster, kubeconfig, running


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCluster]:
    """A running stand-in for the API server, to which this process has access."""
    with running() as cluster:
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path, cluster.url)))
        yield cluster
