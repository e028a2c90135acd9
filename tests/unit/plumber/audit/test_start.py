"""What the program says before it knows anything."""

import pytest

from contract.audit import Verdict
from fakes.audit_scene import MOMENT, every_verdict
from kube.client import Client
from plumber.audit import __main__ as program
from plumber.audit.cluster_cache import ClusterCache
from plumber.audit.service import NotKnown
from plumber.knowledge import Knowledge
from tests.unit.plumber.conftest import FakeCatalog

NOWHERE = frozenset[str]()


def test_until_the_cluster_was_read_there_is_no_verdict() -> None:
    with pytest.raises(NotKnown, match="persistentvolumeclaims: it has not been read yet"):
        program.made(ClusterCache(Client()), FakeCatalog(), NOWHERE, lambda: MOMENT)


def test_until_the_repository_was_looked_at_nothing_is_called_broken() -> None:
    cache = every_verdict()[0].cache()
    with pytest.raises(NotKnown, match="not been listed yet"):
        program.made(cache, FakeCatalog(), NOWHERE, lambda: MOMENT)


def test_a_repository_that_cannot_be_read_is_told_for_every_pvc() -> None:
    catalog = FakeCatalog()
    catalog.known = Knowledge(trouble="NFS is away")
    report = program.made(every_verdict()[0].cache(), catalog, NOWHERE, lambda: MOMENT)
    assert report.trouble == "NFS is away"
    assert report.counts[Verdict.PROTECTED] == 0
