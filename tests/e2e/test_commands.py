"""Commands of the pages that need pods, programs that answer, or the lab itself."""

import re
import subprocess
import urllib.error
import urllib.request

import pytest

from contract import scope
from lab.application import Application, get, has_ended, kubectl
from lab.polling import wait_until
from tests.e2e.terminal import terminal
from tests.project.pages.registry import texts_given_to
from tests.project.pages.terminal import Terminal

TEXTS = texts_given_to(__file__)
FORWARDS = [text for text in TEXTS if " port-forward " in text]
MAINTENANCE, RUN = "kopia-maintenance", "documented"
SERVED = (200, 401)  # the Kopia UI asks for its password


@pytest.fixture(scope="module")
def admin(shared: Application, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A terminal on a cluster with a backup, after a maintenance run."""
    shared.protected("data")
    place = ("-n", scope.VOLSYNC_NAMESPACE)
    kubectl(*place, "delete", "job", RUN, "--ignore-not-found")
    kubectl(*place, "create", "job", RUN, f"--from=cronjob/{MAINTENANCE}")
    wait_until(f"end of {RUN}", lambda: has_ended(get("job", RUN, scope.VOLSYNC_NAMESPACE) or {}))
    return terminal(tmp_path_factory.mktemp("terminal"))


@pytest.mark.parametrize("text", [text for text in TEXTS if text not in FORWARDS])
def test_a_command_works_and_prints_something(admin: Terminal, text: str) -> None:
    assert admin.must(text).strip() != ""


@pytest.mark.parametrize("text", FORWARDS)
def test_a_page_is_served_at_the_forwarded_port(admin: Terminal, text: str) -> None:
    words = text.replace(" 8080:", " :")  # any port of this machine
    command = ["bash", "-c", f"exec {words}"]
    with subprocess.Popen(
        command, env=dict(admin.environ), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            address = re.search(r"127\.0\.0\.1:\d+", line)
            assert address, line
            assert status(f"http://{address[0]}/") in SERVED
        finally:
            process.terminate()


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own server
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
