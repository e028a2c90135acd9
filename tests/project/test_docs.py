"""What users read names everything that they can meet."""

import re

import pytest

from contract import labels, metrics, schedule
from contract.answer import DECISION, EXISTS, LIVEZ, METRICS, READYZ
from contract.schedule import TIERS
from manifests.alerts.prometheus_rule import ALERTS
from tests.project.pages.snippet import PAGES, ROOT

DOCS = {path: path.read_text() for path in PAGES}
TEXT = "\n".join(DOCS.values())
LINKED = {**DOCS, ROOT / "CHANGELOG.md": (ROOT / "CHANGELOG.md").read_text()}

USER_WORDS = [labels.REASON, labels.RESTORE_AS_OF, labels.START_EMPTY, labels.RESTORE_FROM]
METRIC_NAMES = [value for name, value in vars(metrics).items() if name.isupper()]


@pytest.mark.parametrize("word", [*USER_WORDS, *TIERS, DECISION, EXISTS, LIVEZ, READYZ])
def test_every_word_a_user_can_write_is_documented(word):
    assert word in TEXT


@pytest.mark.parametrize(
    "name", [name for name in METRIC_NAMES if isinstance(name, str) and "_" in name]
)
def test_every_metric_is_documented(name):
    assert name in TEXT


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_has_its_section_in_the_runbook(alert):
    headings = re.findall(r"^#+ (.+)$", DOCS[ROOT / "docs" / "operations.md"], re.MULTILINE)
    assert alert.name in headings


@pytest.mark.parametrize(
    "alert", [alert for alert in ALERTS if alert.threshold], ids=lambda alert: alert.name
)
def test_every_threshold_is_documented(alert):
    assert alert.unit
    words = f"{alert.name} {alert.threshold:.12g} ({alert.unit})"
    assert words in DOCS[ROOT / "docs" / "configuration.md"]


@pytest.mark.parametrize("path", LINKED, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", LINKED[path]):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", LINKED, ids=lambda path: path.name)
def test_every_link_to_a_heading_finds_it(path):
    for file, anchor in re.findall(r"\]\(([^):#]*)#([^)]+)\)", LINKED[path]):
        headings = re.findall(
            r"^#+ (.+)$", (path.parent / file if file else path).read_text(), re.M
        )
        slugs = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
        assert anchor in slugs, anchor


def test_the_readme_is_short_and_tells_the_retention():
    readme = DOCS[ROOT / "README.md"]
    assert len(readme.splitlines()) <= 120
    keep = schedule.RETENTION
    sentence = f"{keep.hourly} hourly, {keep.daily} daily, {keep.weekly} weekly and {keep.monthly}"
    assert sentence in re.sub(r"\s+", " ", readme)


def test_metrics_page_is_named():
    assert METRICS in TEXT


def test_every_test_that_a_page_names_is_there():
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    assert named
    assert not [name for name in named if f"def {name}(" not in tests]
