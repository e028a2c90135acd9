"""The lab with the stack deployed, and a namespace of its own for each story."""

import itertools
import os
from collections.abc import Generator

import pytest

from lab.application import Application, kubectl
from lab.program import UP, lab

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def deployed() -> None:
    """The lab is up and `pulumi up` has run; both change nothing where that is so already."""
    lab("up")
    lab("pulumi", *UP)


def _application() -> Generator[Application]:
    app = Application(f"story-{os.getpid()}-{next(_NUMBERS)}")
    app.create()
    yield app
    kubectl("delete", "namespace", app.namespace, "--wait=false")


@pytest.fixture
def app(deployed: None) -> Generator[Application]:
    """An empty namespace, removed after the test."""
    yield from _application()


@pytest.fixture(scope="module")
def shared(deployed: None) -> Generator[Application]:
    """A namespace for the tests of one module that only look at what its fixtures made."""
    yield from _application()
