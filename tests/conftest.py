"""Markers by folder; a tier that was demanded fails instead of being skipped."""

from collections import Counter
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from lab import paths
from tests import effort, turns

HERE = Path(__file__).parent
TIER_OF_FOLDER = {"integration": "cli", "e2e": "lab"}
TURNS = turns.Turns(paths.CACHE / "stories.lock")
effort.register()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require",
        default="",
        help="comma-separated tiers to run beside the offline ones (cli, lab); skips in them fail",
    )


def _demanded(config: pytest.Config) -> set[str]:
    return {tier for tier in config.getoption("--require").split(",") if tier}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    demanded = _demanded(config)
    kept, dropped = [], []
    for item in items:
        tier = TIER_OF_FOLDER.get(item.path.relative_to(HERE).parts[0])
        if tier is not None:
            item.add_marker(tier)
        (kept if tier is None or tier in demanded else dropped).append(item)
    config.hook.pytest_deselected(items=dropped)
    items[:] = kept
    _name_operations(items)
    twice = [name for name, count in Counter(item.nodeid for item in items).items() if count > 1]
    if twice:
        raise pytest.UsageError(f"a worker would run only the first of each of these: {twice}")


def _name_operations(items: list[pytest.Item]) -> None:
    """Tests that schemathesis makes of one function are named by their operations.

    It means to, but pytest 9.2 leaves the label out.
    """
    for item in items:
        label = getattr(item, "operation_label", None)
        if label and label not in item.nodeid:
            item._id = item.id.with_params(label)


class SideBySide(LoadScopeScheduling):
    """There is one lab, and what happens on it is mostly waiting: tests/turns.py has the order."""

    def _split_scope(self, nodeid: str) -> str:
        return turns.unit(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(min(self.workqueue, key=turns.rank), last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    return SideBySide(config, log) if "lab" in _demanded(config) else None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None):
    """Fixtures of a module are made and removed within its turn; waiting counts for no test."""
    TURNS.enter(item.nodeid)
    try:
        yield
    finally:
        TURNS.done(nextitem.nodeid if nextitem else "")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    outcome = yield
    report = outcome.get_result()
    if report.skipped and _demanded(item.config) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: skipped, but its tier was demanded"
