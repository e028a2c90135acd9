"""The web UI's two commands with the real kopia: what a person at the browser gets."""

import base64
import hashlib
import json
import os
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest
from playwright.sync_api import HttpCredentials

from components import kopia_ui, pod
from contract.names import Claim, identity
from contract.repository import KEY_PASSWORD, MOUNT_PATH
from lab.cluster.loopback import free_port
from lab.polling import PROCESS, wait_until
from tests import loopback
from tests.integration.browser import chromium, kopia_pages

IMAGE = "registry.test/x:1"
SERVER_PASSWORD = "made-up-too"
SOURCE = {"userName": "data-backup", "host": "apps", "path": "/data"}
SHOWN = "data-backup@apps:/data"
QUERY = urllib.parse.urlencode(SOURCE)


@pytest.fixture
def ui(tmp_path, kopia_binary, repository, writer, back_up):
    """Connection and server as in the pod, on a repository with one snapshot."""
    back_up(identity(Claim("apps", "data")))
    state, port = tmp_path / "state", free_port()
    state.mkdir()
    names = {
        MOUNT_PATH: str(repository),
        pod.STATE_PATH: str(state),
        f":{kopia_ui.PORT}": f":{port}",
    }

    def localized(text):
        for pod_name, name in names.items():
            text = text.replace(pod_name, name)
        return text

    def start(container):
        fixed = {v["name"]: localized(v["value"]) for v in container["env"] if "value" in v}
        secret = {KEY_PASSWORD: writer.password_file.read_text()}
        environment = {"PATH": os.defpath, "KOPIA_SERVER_PASSWORD": SERVER_PASSWORD}
        words = [localized(word) for word in container["command"][1:]]
        return subprocess.Popen([str(kopia_binary), *words], env=environment | fixed | secret)

    assert start(kopia_ui.connect(IMAGE)).wait(30) == 0
    server = start(kopia_ui.server(IMAGE))
    try:
        _wait_until_open(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def _wait_until_open(port):
    def is_open():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_until("the web UI's port", is_open, 30, PROCESS)


def _get(url, password=""):
    request = urllib.request.Request(url)  # noqa: S310 - our own server
    if password:
        token = base64.b64encode(f"{kopia_ui.USER}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own server
        return answer.status, answer.read().decode()


def test_the_page_is_served_to_those_who_know_the_password(ui):
    status, page = _get(f"{ui}/", SERVER_PASSWORD)
    assert status == 200
    assert "Kopia UI" in page


@pytest.mark.parametrize("address", loopback.ADDRESSES)
def test_it_is_reached_at_each_address_of_its_pod(ui, address):
    host = f"[{address}]" if ":" in address else address
    assert _get(ui.replace(loopback.IPV4, host), SERVER_PASSWORD)[0] == 200


@pytest.mark.parametrize("password", ["", "wrong"])
def test_nobody_else_gets_in(ui, password):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        _get(f"{ui}/", password)
    assert refusal.value.code == 401
    refusal.value.close()


@pytest.fixture
def page(ui):
    """A browser that has logged in."""
    credentials: HttpCredentials = {"username": kopia_ui.USER, "password": SERVER_PASSWORD}
    with (
        chromium.running() as browser,
        browser.new_context(http_credentials=credentials) as context,
    ):
        page = context.new_page()
        page.goto(ui)
        yield page


def test_a_person_logs_in_opens_a_snapshot_and_sees_a_file(page):
    kopia_pages.open_source(page, SHOWN)
    kopia_pages.open_snapshot(page)
    assert kopia_pages.read(page, "file") == "content"
    chromium.shoot(page, "kopia-ui")


def _digests(folder):
    return {
        file.relative_to(folder): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file()
    }


# What the pages' buttons send, as kopia's web UI has it (internal/server/server.go).
ORDERS = [
    ("POST", "/api/v1/snapshots/edit", {"snapshots": ["{id}"], "addPins": ["kept"]}),
    ("POST", "/api/v1/snapshots/delete", {"source": SOURCE, "snapshotManifestIds": ["{id}"]}),
    ("POST", "/api/v1/snapshots/delete", {"source": SOURCE, "deleteSourceAndPolicy": True}),
    ("POST", "/api/v1/sources", {"path": "/etc", "createSnapshot": True, "policy": {}}),
    ("POST", "/api/v1/sources/upload", {}),
    ("PUT", f"/api/v1/policy?{QUERY}", {"retention": {"keepLatest": 1}}),
    ("DELETE", f"/api/v1/policy?{QUERY}", None),
    ("POST", "/api/v1/repo/description", {"description": "mine"}),
    ("PUT", "/api/v1/repo/throttle", {"readsPerSecond": 1}),
    ("POST", "/api/v1/repo/disconnect", {}),
]
SEND = """
async ([method, path, body]) => {
  const token = document.querySelector("meta[name=kopia-csrf-token]").content;
  const headers = {"X-Kopia-Csrf-Token": token, "Content-Type": "application/json"};
  const sent = body ? JSON.stringify(body) : undefined;
  const answer = await fetch(path, {method, headers, body: sent});
  return [answer.status, await answer.text()];
}
"""


def test_nothing_that_it_offers_changes_the_repository(page, repository):
    before = _digests(repository)
    kopia_pages.open_source(page, SHOWN)
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Delete Selected").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    _, listed = page.evaluate(SEND, ["GET", f"/api/v1/snapshots?{QUERY}", None])
    (snapshot,) = json.loads(listed)["snapshots"]
    responses = {}
    for method, path, body in ORDERS:
        text = json.dumps(body).replace("{id}", snapshot["id"])
        responses[path, method] = page.evaluate(SEND, [method, path, json.loads(text)])
    assert _digests(repository) == before
    # Each was an order that it knows, and not one that was turned away at the door.
    for code, text in responses.values():
        assert code not in (401, 403, 405), responses
        assert "page not found" not in text, responses
