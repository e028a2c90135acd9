"""Markers by folder; a tier that was demanded fails instead of being skipped."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
TIER_OF_FOLDER = {"browser": "cli", "cli": "cli", "kyverno": "cli", "lab": "lab"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require",
        default="",
        help="comma-separated tiers to run beside the offline ones (cli, lab); skips in them fail",
    )


def _demanded(config: pytest.Config) -> set[str]:
    return {tier for tier in config.getoption("--require").split(",") if tier}


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in its own
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    demanded = _demanded(config)
    kept, dropped = [], []
    for item in items:
        tier = TIER_OF_FOLDER.get(item.path.relative_to(HERE).parts[0])
        if tier is not None:
            item.add_marker(tier)
        # There is one lab, and what happens on it is mostly waiting: a worker of its own.
        item.add_marker(pytest.mark.xdist_group("lab" if tier == "lab" else "beside the lab"))
        (kept if tier is None or tier in demanded else dropped).append(item)
    config.hook.pytest_deselected(items=dropped)
    items[:] = kept


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    outcome = yield
    report = outcome.get_result()
    if report.skipped and _demanded(item.config) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: skipped, but its tier was demanded"
