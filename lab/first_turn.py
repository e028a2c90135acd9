"""A namespace that sorts first, so that its PVCs are drilled first."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from lab.application import Application

# A round goes by name, and what namespaces that are gone have backed up takes part too.
FUTURE = 10**11  # tenths of seconds since 1970; the later a namespace is made, the lower its number


@contextmanager
def first_turn() -> Generator[Application]:
    """Creates such a namespace; removes it afterwards."""
    app = Application(f"a-{FUTURE - int(time.time() * 10)}")
    app.create()
    try:
        yield app
    finally:
        app.delete()
