"""The repository goes away in the middle of backups, and comes back."""

import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager

from lab.application import Application
from lab.demo import difference
from lab.faults import passwords
from lab.node import nodeconfig
from lab.polling import wait_until, wait_until_gone
from lab.program import lab
from tests.e2e.jobs import watched
from tests.e2e.movers import condition, wait_tidy
from tests.e2e.shell import exported
from tests.e2e.snapshots import snapshots

OUTAGE = 60.0  # seconds
FORMAT = "kopia.repository.f"
NAMES = ("running", "starting")
TOKEN = "in the outage"


def packs() -> int:
    """How many pack files the repository has. Looking does no harm, changing would."""
    return sum(1 for _ in nodeconfig.NFS_EXPORT.glob("p*/**/*.f"))


def test_backups_outlast_an_nfs_server_that_is_gone_for_a_minute(app):
    app.protected("starting")
    app.apply_pvc("running")
    app.files("running", "make", "200")
    before = packs()
    app.apply_pvc("running", backup="hourly")
    wait_until("data on its way into the repository", lambda: packs() > before)
    lab("stop", "ganesha")
    back = time.monotonic() + OUTAGE
    try:
        app.ask("starting", TOKEN)
        while time.monotonic() < back:
            running, starting = (app.objects(pvc)["replicationsource"]["status"] for pvc in NAMES)
            assert "lastSyncTime" not in running
            assert starting.get("lastManualSync") != TOKEN
            time.sleep(5)
    finally:
        lab("up")
    made = {"running": app.wait_backup("running"), "starting": app.wait_asked("starting", TOKEN)}
    for pvc, external in made.items():
        snapshot = snapshots(app.claim(pvc))[-1]
        assert snapshot["id"] == external["snapshot"]
        assert snapshot["stats"]["errorCount"] == 0
        assert "incomplete" not in snapshot
        wait_tidy(app, pvc)


def test_a_store_that_is_away_stops_no_backup_and_no_restore(app):
    tree, _ = app.protected("data")
    with passwords.away():
        app.back_up("data", TOKEN)
        app.delete_pvc("data")
        app.apply_pvc("data", backup="hourly")
        assert difference(tree, app.files("data")) == []


@contextmanager
def broken() -> Generator[None]:
    """Moves the repository's format file away inside the context."""
    with exported() as shell:
        shell(f"mv {FORMAT} {FORMAT}.away")
        try:
            yield
        finally:
            shell(f"mv {FORMAT}.away {FORMAT}")


def test_while_the_repository_fails_one_mover_at_a_time_tries_it(app):
    pvcs = ("one", "other")
    for pvc in pvcs:
        app.protected(pvc)
    with broken():
        for pvc in pvcs:
            app.ask(pvc, TOKEN)
        wait_until("a source that knows of it", lambda: _knows(app, pvcs))
        wait_until_gone("the movers before that", lambda: _at_work(app, pvcs))
        with watched() as jobs:
            wait_until("two more attempts", lambda: jobs.count() >= 2)
            assert jobs.most_at_once() == 1
    for pvc in pvcs:
        app.wait_asked(pvc, TOKEN)


def _knows(app: Application, pvcs: Iterable[str]) -> bool:
    messages = [condition(app, "replicationsource", pvc).get("message", "") for pvc in pvcs]
    return any("the repository fails" in message for message in messages)


def _at_work(app: Application, pvcs: Iterable[str]) -> bool:
    return any(app.movers(pvc, "jobs") for pvc in pvcs)
