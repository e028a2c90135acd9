"""The shell of the workflows' steps, run with stand-ins for what only a CI runner has."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.project.runner import Runner
from tests.project.test_workflows import JOBS

SECRET = "a-made-up-secret"
PULUMI = ["pulumi", "preview", "--non-interactive", "--color=never", "--suppress-progress"]
PULUMI += ["--policy-pack", "policy_pack", "--diff", "--stack", "prod"]
# These would run this very test.
SELF = ("checks and offline tests", "offline tests with their coverage", "all tests")
SHELL = {
    (job, step["name"]): step["run"]
    for job, body in JOBS.items()
    for step in body["steps"]
    if "run" in step and step["name"] not in SELF
}


class Actions(Runner):
    """GitHub's runner: a step's variables outlive it through a file."""

    def step(self, job, name, **environ) -> subprocess.CompletedProcess[str]:
        variables = self.folder / "variables"
        variables.touch()
        environment = {"GITHUB_ENV": str(variables), "RUNNER_TEMP": str(self.folder)}
        earlier = dict(line.split("=", 1) for line in variables.read_text().splitlines())
        return self.run(SHELL[job, name], {**environment, **earlier, **environ})


@pytest.fixture
def actions(tmp_path):
    return Actions(tmp_path)


@pytest.mark.parametrize("job", ["ci-preview", "deploy-up"])
def test_the_packages_are_there_for_what_follows(actions, job):
    assert actions.step(job, "packages").returncode == 0


def test_a_preview_is_judged_by_the_pack_and_kept_for_the_comment(actions):
    actions.fake("pulumi", "echo '    token: [secret]'")
    assert actions.step("ci-preview", "preview of each stack").returncode == 0
    assert actions.calls == [PULUMI]
    assert "token: [secret]" in (actions.checkout / "preview.md").read_text()


def test_a_violation_fails_the_preview_and_is_commented_all_the_same(actions):
    actions.fake("pulumi", "echo 'has no label backup'; exit 255")
    assert actions.step("ci-preview", "preview of each stack").returncode == 1
    assert "has no label backup" in (actions.checkout / "preview.md").read_text()
    (comment,) = [step for step in JOBS["ci-preview"]["steps"] if step.get("name") == "comment"]
    assert comment["if"].startswith("always() && ")


def test_the_comment_replaces_its_predecessor(actions):
    actions.fake("gh")
    assert actions.step("ci-preview", "comment", PULL_REQUEST="12").returncode == 0
    words = ["--edit-last", "--create-if-none", "--body-file", "preview.md"]
    assert actions.calls == [["gh", "pr", "comment", "12", *words]]


def test_the_kubeconfig_is_for_its_owner_only_and_shown_nowhere(actions):
    done = actions.step("deploy-up", "kubeconfig", KUBECONFIG_CONTENT=SECRET)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    path = actions.folder / "kubeconfig"
    assert (actions.folder / "variables").read_text() == f"KUBECONFIG={path}\n"
    assert (path.read_text(), path.stat().st_mode & 0o777) == (SECRET, 0o600)


def test_a_deployment_is_previewed_made_and_looked_after_with_the_pack(actions):
    actions.fake("pulumi")
    for name in ("preview", "up", "nothing is left to change"):
        assert actions.step("deploy-up", name).returncode == 0
    up = "pulumi up --yes --skip-preview --policy-pack policy_pack --stack prod"
    assert actions.calls == [PULUMI, up.split(), [*PULUMI, "--expect-no-changes"]]


@pytest.mark.parametrize("name", ["preview", "up", "nothing is left to change"])
def test_a_deployment_ends_where_pulumi_fails(actions, name):
    actions.fake("pulumi", "exit 255")
    assert actions.step("deploy-up", name).returncode != 0


def test_the_night_has_room_and_python(actions):
    for program in ("rm", "apt-get"):
        actions.fake(program)
    for name in ("room for what Go builds", "Python"):
        assert actions.step("nightly-all", name).returncode == 0
    assert actions.calls == [
        ["rm", "-rf", "/spare/*"],
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "--no-install-recommends", "python3", "python3-venv"],
    ]


def test_every_step_of_shell_is_run_by_a_test():
    files = [Path(__file__), Path(__file__).with_name("test_release_workflow.py")]
    text = "".join(path.read_text() for path in files)
    named = set(re.findall(r'"([^"\n]+)"', text))
    assert {name for _, name in SHELL} - named == set()
