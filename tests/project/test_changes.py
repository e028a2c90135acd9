"""docs/changes.md names the files of each change; the cheap changes are made on a copy."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from contract.schedule import TIERS
from manifests.alerts.backups import ALERTS
from tests.project.test_tiers import LAST

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (?P<change>[^|]+) \| (?P<count>\d+) \| (?P<files>[^|]+) \|$", re.MULTILINE)
ROWS = {
    row["change"]: (int(row["count"]), row["files"])
    for row in ROW.finditer((ROOT / "docs" / "changes.md").read_text())
}
NEW_VERDICT = """
from contract.audit import Verdict
from fakes.audit_scene import Scene, pvc
scene = Scene()
scene.protect(pvc("photos"))
report = scene.report()
assert [finding.verdict for finding in report.findings] == ["asleep"], report.findings
assert report.counts[Verdict.ASLEEP] == 1, report.counts
"""
NEW_ALERT = """
from manifests.alerts.prometheus_rule import prometheus_rule
rules = prometheus_rule(labels={})["spec"]["groups"][0]["rules"]
(alert,) = [rule for rule in rules if rule.get("alert") == "BackupsAreLarge"]
assert alert["labels"]["severity"] == "warning", alert
"""


def _files(text: str) -> list[str]:
    """The files that a row names for the change itself, before any exception to it."""
    return re.findall(r"`([\w/<>.]+\.py)`", re.split(r";|one that|if the least", text)[0])


@pytest.mark.parametrize("change", ROWS)
def test_every_file_of_a_change_is_there(change):
    _, text = ROWS[change]
    named = re.findall(r"`([\w/]+\.(?:py|css))`", text)
    assert [name for name in named if "/" in name and not (ROOT / name).exists()] == []


@pytest.mark.parametrize("change", ROWS)
def test_the_figure_is_that_of_the_files_named(change):
    count, text = ROWS[change]
    assert len(_files(text)) == count


def test_all_ten_changes_have_a_row():
    lines = (ROOT / "docs" / "changes.md").read_text().splitlines()
    assert len([line for line in lines if line.startswith("| ")]) == 10 + 1  # and the heading


def _changed(folder: Path, change: str, edits: dict[str, tuple[str, str]], check: str) -> str:
    """What the check prints to stderr beside a copy with the edits: to exactly the files named."""
    assert list(edits) == _files(ROWS[change][1])
    for name, (before, after) in edits.items():
        top = Path(name).parts[0]
        if not (folder / top).exists():
            shutil.copytree(ROOT / top, folder / top)
        text = (folder / name).read_text()
        assert text.count(before) == 1, name
        (folder / name).write_text(text.replace(before, after))
    run = subprocess.run(
        [sys.executable, "-c", check],
        cwd=folder,
        env={"PYTHONPATH": os.pathsep.join((str(folder), str(ROOT))), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stderr


def test_a_tier_is_a_row_of_its_table(tmp_path):
    # tests/project/test_tiers.py asks all that a tier decides.
    row = '    "monthly": Tier(every=timedelta(days=31), hour=DAILY_HOUR, days="1 * *"),\n'
    check = f"from contract.schedule import TIERS; assert list(TIERS) == {[*TIERS, 'monthly']}"
    edits = {"contract/schedule.py": (LAST, LAST + row)}
    assert _changed(tmp_path, "a tier, such as `weekly`", edits, check) == ""


def test_an_alert_is_written_in_the_module_of_its_subject(tmp_path):
    first = f'    Alert(\n        name="{ALERTS[0].name}",'
    alert = '    Alert(name="BackupsAreLarge", expr="vector(1) > 2", summary="A test."),\n'
    edits = {"manifests/alerts/backups.py": (first, alert + first)}
    assert _changed(tmp_path, "an alert", edits, NEW_ALERT) == ""


def test_a_verdict_is_a_word_and_the_rule_that_gives_it(tmp_path):
    word = '    BROKEN = "broken"\n'
    judged = "return Verdict.PROTECTED, Reason.BACKED_UP"
    edits = {
        "contract/audit.py": (word, f'    ASLEEP = "asleep"\n{word}'),
        "plumber/audit/verdict.py": (judged, judged.replace("PROTECTED", "ASLEEP")),
    }
    assert _changed(tmp_path, "a verdict of the audit", edits, NEW_VERDICT) == ""
