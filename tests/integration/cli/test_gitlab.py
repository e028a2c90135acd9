"""docs/ci.md's jobs for GitLab: scripts that are there, a note with its token, and a deployment."""

import os
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest
import yaml

from lab.pins import BY_NAME
from tests.project.pages.registry import given_to
from tests.project.pages.snippet import ROOT
from tests.project.pages.terminal import Terminal
from tests.project.runner import Runner
from tests.project.test_workflows import JOBS as GITHUBS

(PAGE,) = given_to(__file__)
PIPELINE = yaml.safe_load(PAGE.text)
JOBS = {name: job for name, job in PIPELINE.items() if name != "stages"}
LINES = [line for job in JOBS.values() for line in job["script"] if "scripts/" in line]
DEPLOY = "\n".join(JOBS["deploy"]["script"])


@pytest.mark.parametrize("name", JOBS)
def test_each_job_has_its_stage_and_the_versions_that_are_tested(name):
    assert JOBS[name]["stage"] in PIPELINE["stages"]
    image = JOBS[name]["image"]
    assert "python:3.11-" in image or image.endswith(f"python-3.11:{BY_NAME['pulumi'].pin}")


@pytest.mark.parametrize("line", LINES)
def test_each_script_is_there_and_knows_its_options(line):
    command = line if line.startswith(". ") else f"{line} --help"
    run = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    options = [word for word in line.split() if word.startswith("--")]
    assert [option for option in options if option not in run.stdout] == []


class GitLab(HTTPServer):
    """Its API as far as a note needs it."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []
        calls = self.calls

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                calls.append((self.path, self.headers["PRIVATE-TOKEN"], parse_qs(body)))
                self.send_response(201)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Silence."""

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def gitlab():
    with GitLab() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def runner(tmp_path, gitlab) -> Terminal:
    if shutil.which("curl") is None:
        pytest.skip("curl is not on PATH")
    (tmp_path / "token").write_text("PRIVATE-TOKEN: a-made-up-token\n")
    environ = {
        "PATH": os.defpath,
        "CI_API_V4_URL": f"http://127.0.0.1:{gitlab.server_port}/api/v4",
        "CI_PROJECT_ID": "7",
        "CI_MERGE_REQUEST_IID": "12",
        "NOTES_TOKEN": str(tmp_path / "token"),
    }
    return Terminal(tmp_path, environ)


AFTER = "\n".join(JOBS["preview"]["after_script"])


def test_the_preview_becomes_a_note_on_the_merge_request(runner, gitlab):
    (runner.folder / "preview.md").write_text("### `prod`: + 3 & more\n")
    runner.must(AFTER)
    path = "/api/v4/projects/7/merge_requests/12/notes"
    assert gitlab.calls == [(path, "a-made-up-token", {"body": ["### `prod`: + 3 & more\n"]})]


def test_without_a_preview_there_is_no_note(runner, gitlab):
    runner.must(AFTER)
    assert gitlab.calls == []


def test_a_deployment_is_what_github_s_is(tmp_path):
    runner = Runner(tmp_path)
    runner.fake("pulumi")
    run = runner.run(DEPLOY)
    assert run.returncode == 0, run.stderr
    steps = [step.get("run") for step in GITHUBS["deploy-up"]["steps"]]
    assert [line for line in JOBS["deploy"]["script"] if line not in steps] == []
    preview, up, unchanged = (call[1:] for call in runner.calls)
    assert (preview[0], up[0]) == ("preview", "up")
    assert all("--policy-pack" in words for words in (preview, up, unchanged))
    assert unchanged == [*preview, "--expect-no-changes"]


@pytest.mark.parametrize(("pattern", "calls"), [("preview*", 1), ("up*", 2), ("*no-changes", 3)])
def test_a_deployment_ends_with_the_first_that_fails(tmp_path, pattern, calls):
    runner = Runner(tmp_path)
    runner.fake("pulumi", f'case "$*" in {pattern}) exit 255;; esac')
    assert runner.run(DEPLOY).returncode != 0
    assert len(runner.calls) == calls
