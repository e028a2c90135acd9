"""A namespace of its own for each story."""

import itertools
import os
from collections.abc import Generator
from contextlib import contextmanager

from lab.application import Application, kubectl

_NUMBERS = itertools.count(1)


@contextmanager
def new_application() -> Generator[Application]:
    """An empty namespace, removed afterwards."""
    app = Application(f"story-{os.getpid()}-{next(_NUMBERS)}")
    app.create()
    try:
        yield app
    finally:
        kubectl("delete", "namespace", app.namespace, "--wait=false", "--ignore-not-found")
