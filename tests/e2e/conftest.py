"""The lab with the stack deployed, and a namespace of its own for each story."""

from collections.abc import Generator

import pytest

from lab.application import Application, new_application
from lab.program import UP, lab
from tests.turns import once


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    """The lab is up and `pulumi up` has run, once for all workers."""
    base = tmp_path_factory.getbasetemp()
    once(base if worker_id == "master" else base.parent, _deploy)


def _deploy() -> None:
    lab("up")
    lab("pulumi", *UP)


@pytest.fixture
def app(deployed: None) -> Generator[Application]:
    """An empty namespace, removed after the test."""
    with new_application() as application:
        yield application


@pytest.fixture(scope="module")
def shared(deployed: None) -> Generator[Application]:
    """A namespace for the tests of one module that only look at what its fixtures made."""
    with new_application() as application:
        yield application
