"""scripts/preview as CI runs it: what it would change, as a comment, without anything secret."""

import re
import subprocess

import pytest

from tests.integration.cli import pulumi_cli
from tests.integration.cli.pulumi_cli import ROOT, STUB_CHART

CHARTS = {name: {"chart": {"path": STUB_CHART}} for name in ("kyverno", "volsync")}


@pytest.fixture
def cli(tmp_path):
    return pulumi_cli.cli(tmp_path)


def preview(cli, values, *words):
    """The script's run on the production stack with other values, and the comment it wrote."""
    path = pulumi_cli.copied_stack(cli, "prod", CHARTS | values)
    comment = cli.home / "comment.md"
    arguments = ("--comment", comment, *words, "prod", "--", "--config-file", path)
    run = subprocess.run(
        [ROOT / "scripts" / "preview", *arguments],
        env=cli.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return run, comment.read_text()


def test_the_comment_tells_what_would_change_and_nothing_secret(cli):
    run, comment = preview(cli, {})
    assert run.returncode == 0, run.stdout
    assert comment.startswith("### `prod`: + ")
    assert " to create" in comment.splitlines()[0]
    assert "\n+ kubernetes:helm.sh/v3:Release kyverno-release\n" in comment
    count = int(comment.splitlines()[0].split()[-3])
    named = [line for line in comment.splitlines() if re.fullmatch(r"\+ \S+ [^\s()]+", line)]
    assert len(named) == count
    assert "[secret]" in comment
    assert "a-made-up-token" not in comment + run.stdout + run.stderr


def test_wrong_settings_fail_and_the_comment_says_which(cli):
    run, comment = preview(cli, {"plumber": {"replicas": 0}})
    assert run.returncode == 1
    assert comment.startswith("### `prod`: would fail")
    assert "plumber.replicas" in comment


def test_after_a_deployment_nothing_may_be_left_to_change(cli):
    run, comment = preview(cli, {}, "--unchanged")
    assert run.returncode == 1
    assert "no changes were expected" in run.stdout
    assert comment.startswith("### `prod`: would fail")
