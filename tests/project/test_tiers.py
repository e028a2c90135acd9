"""The tiers are one table: what they are, and what they are called on the pages."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from contract.labels import NO_BACKUP
from contract.schedule import TIERS

ROOT = Path(__file__).parents[2]
ROW = '    "monthly": Tier(every=timedelta(days=31), hour=DAILY_HOUR, days="1 * *"),\n'
LAST = '    "daily": Tier(every=timedelta(days=1), hour=DAILY_HOUR),\n'


def _run(folder: Path, tier: str) -> subprocess.CompletedProcess[str]:
    """The check of a further tier, with the contract of a folder before the checkout's own."""
    path = os.pathsep.join(str(part) for part in (folder, ROOT, ROOT / "policy_pack"))
    return subprocess.run(
        [sys.executable, ROOT / "tests" / "project" / "third_tier.py", tier],
        cwd=folder,
        env={"PYTHONPATH": path, "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_tier_is_one_row_of_one_file(tmp_path):
    shutil.copytree(ROOT / "contract", tmp_path / "contract")
    table = tmp_path / "contract" / "schedule.py"
    text = table.read_text()
    assert text.count(LAST) == 1
    table.write_text(text.replace(LAST, LAST + ROW))
    run = _run(tmp_path, "monthly")
    assert run.returncode == 0, run.stderr


def test_a_word_without_a_row_is_no_tier(tmp_path):
    run = _run(tmp_path, "monthly")
    assert run.stderr.endswith("KeyError: 'monthly'\n")
    assert run.returncode


@pytest.mark.parametrize("page", ["README", "docs/concepts", "docs/policy-pack", "docs/runbook"])
def test_a_page_that_tells_what_the_label_may_be_names_every_tier(page):
    text = (ROOT / f"{page}.md").read_text()
    assert [tier for tier in TIERS if not re.search(rf"\b{tier}\b", text)] == []


def test_the_messages_name_every_tier_in_the_order_of_the_table():
    text = (ROOT / "docs" / "operations.md").read_text()
    assert f"is no tier; use one of {', '.join([*TIERS, NO_BACKUP])}`" in text
    assert f"is no tier; use one of {', '.join(TIERS)}`" in text
    selector = f"'backup in ({','.join(TIERS)})'"
    assert selector in (ROOT / "docs" / "runbook.md").read_text()
