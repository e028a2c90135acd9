"""The workflows of GitHub Actions: pinned, without rights that they do not need, and runnable."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.pins import BY_NAME

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEXT = {path: path.read_text() for path in WORKFLOWS}
JOBS: dict[str, dict[str, Any]] = {
    f"{path.stem}-{name}": job
    for path, text in TEXT.items()
    for name, job in yaml.safe_load(text)["jobs"].items()
}
NIGHTLY = JOBS["nightly-all"]
DOCKERFILE = (ROOT / "plumber" / "Dockerfile").read_text()
STEPS = [step for job in JOBS.values() for step in job["steps"]]
SCRIPTS = [
    line for step in STEPS for line in step.get("run", "").splitlines() if "scripts/" in line
]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_its_commit(path):
    uses = re.findall(r"uses: (.+)", TEXT[path])
    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", action), action


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_by_default_a_workflow_may_only_read(path):
    assert yaml.safe_load(TEXT[path])["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_every_job_ends_some_day(job):
    assert job["timeout-minutes"] <= (240 if job is NIGHTLY else 60)


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_no_step_holds_an_expression_in_its_shell_text(job):
    """An expression there becomes shell text; in `env` it stays a value."""
    assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


def test_the_secrets_of_the_stacks_are_kept_from_forks():
    assert "!github.event.pull_request.head.repo.fork" in JOBS["ci-preview"]["if"]


def test_versions_are_those_that_are_tested():
    pulumi = {step["with"]["pulumi-version"] for step in STEPS if "pulumi/" in step.get("uses", "")}
    assert pulumi == {BY_NAME["pulumi"].pin}
    pythons = {step["with"]["python-version"] for step in STEPS if "setup-python" in str(step)}
    image = re.search(r"python:(\d+\.\d+)", DOCKERFILE)
    assert image
    assert pythons == {image[1]}


def test_every_night_and_by_hand_all_tests_run_where_the_lab_can_live():
    workflow = yaml.load(TEXT[ROOT / ".github/workflows/nightly.yml"], yaml.BaseLoader)  # noqa: S506 - `on` stays a word
    assert set(workflow["on"]) == {"schedule", "workflow_dispatch"}
    assert [step["run"] for step in NIGHTLY["steps"] if "scripts/" in step.get("run", "")] == [
        "scripts/test"
    ]
    container = NIGHTLY["container"]
    assert f"GO_IMAGE={container['image']}\n" in DOCKERFILE
    assert container["options"] == "--privileged"


def test_the_floor_of_coverage_is_enforced():
    assert [step["run"] for step in JOBS["ci-coverage"]["steps"] if "run" in step] == [
        "scripts/coverage"
    ]
    assert not [job for job in JOBS.values() if "continue-on-error" in str(job)]


@pytest.mark.parametrize("line", SCRIPTS)
def test_every_script_that_a_step_runs_is_there_and_knows_its_options(line):
    script, *words = line.removeprefix(". ").split()
    path = ROOT / script
    assert path.exists()
    if not line.startswith(". "):
        assert os.access(path, os.X_OK)
        help_text = subprocess.run(
            [path, "--help"], capture_output=True, text=True, check=True
        ).stdout
        assert not [word for word in words if word.startswith("-") and word not in help_text]
