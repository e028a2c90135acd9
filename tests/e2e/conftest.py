"""The lab with the stack deployed, and a namespace of its own for each story."""

from collections.abc import Generator

import pytest

from lab.application import Application, new_application
from lab.program import UP, lab


@pytest.fixture(scope="session")
def deployed() -> None:
    """The lab is up and `pulumi up` has run; both change nothing where that is so already."""
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
