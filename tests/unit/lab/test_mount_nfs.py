import subprocess

import pytest

from lab import paths


@pytest.fixture
def mount(tmp_path):
    """The helper with a client that only says how it was called."""
    client = tmp_path / "nfsfuse"
    client.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    client.chmod(0o755)
    helper = tmp_path / "mount.nfs"
    text = (paths.STANDINS / "mount.nfs").read_text()
    helper.write_text(text.replace("@NFSFUSE@", str(client)))
    helper.chmod(0o755)

    def run(*words):
        command = [str(helper), *words]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        return run.stdout.splitlines()

    return run


def test_a_plain_mount_speaks_version_3(mount):
    url, folder, _, options = mount("server:/export", "/mnt")
    assert url == "nfs://server/export?version=3&dircache=0"
    assert folder == "/mnt"
    assert "ro" not in options.split(",")


def test_a_read_only_mount_is_read_only(mount):
    assert "ro" in mount("server:/export", "/mnt", "-o", "ro")[3].split(",")


def test_versions_and_ports_are_understood(mount):
    options = "vers=4.1,port=12049,mountport=12050,hard,timeo=600"
    url = mount("server:/export", "/mnt", "-o", options)[0]
    assert url == "nfs://server/export?version=4&dircache=0&nfsport=12049&mountport=12050"


def test_kubelet_s_flags_are_accepted(mount):
    assert mount("server:/export", "/mnt", "-s", "-n", "-o", "rw")[1] == "/mnt"
