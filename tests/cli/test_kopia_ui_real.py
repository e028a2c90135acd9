"""The web UI's two commands with the real kopia: what a person at the browser gets."""

import base64
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from components import kopia_ui, pod
from contract.names import Claim, identity
from contract.repository import KEY_PASSWORD, MOUNT_PATH

IMAGE = "registry.test/x:1"
SERVER_PASSWORD = "made-up-too"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def ui(tmp_path, kopia_binary, repository, writer, back_up):
    """Connection and server as in the pod, on a repository with one snapshot."""
    back_up(identity(Claim("apps", "data")))
    state, port = tmp_path / "state", _free_port()
    state.mkdir()
    names = {
        MOUNT_PATH: str(repository),
        pod.STATE_PATH: str(state),
        f"0.0.0.0:{kopia_ui.PORT}": f"127.0.0.1:{port}",
    }

    def here(text):
        for pod_name, name in names.items():
            text = text.replace(pod_name, name)
        return text

    def start(container):
        fixed = {v["name"]: here(v["value"]) for v in container["env"] if "value" in v}
        secret = {KEY_PASSWORD: writer.password_file.read_text()}
        environment = {"PATH": os.defpath, "KOPIA_SERVER_PASSWORD": SERVER_PASSWORD}
        words = [here(word) for word in container["command"][1:]]
        return subprocess.Popen([str(kopia_binary), *words], env=environment | fixed | secret)

    assert start(kopia_ui.connect(IMAGE)).wait(30) == 0
    server = start(kopia_ui.server(IMAGE))
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def _wait_for(port):
    deadline = time.monotonic() + 30
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, "the web UI does not listen"
        time.sleep(0.1)


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


@pytest.mark.parametrize("password", ["", "wrong"])
def test_nobody_else_gets_in(ui, password):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        _get(f"{ui}/", password)
    assert refusal.value.code == 401
    refusal.value.close()
