from pathlib import Path

import pytest
from lightkube import KubeConfig

from lab.cluster import loopback


@pytest.fixture
def binaries(tmp_path: Path) -> dict[str, Path]:
    """Stand-ins for etcd and the API server, which stay until they are killed."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    return {"etcd": program, "kube-apiserver": program}


def test_each_user_has_a_token_and_all_rights(tmp_path: Path, binaries: dict[str, Path]):
    with loopback.running(tmp_path, binaries, users=["mover"]) as servers:
        single = KubeConfig.from_file(servers.kubeconfig("mover")).get()
    rows = (tmp_path / "tokens.csv").read_text().splitlines()
    assert [row.split(",")[1] for row in rows] == ["admin", "mover"]
    assert all(row.endswith(',"system:masters"') for row in rows)
    assert single is not None
    assert single.user is not None
    assert single.user.token == rows[1].split(",")[0]
    assert single.cluster.server == servers.url


def test_all_processes_end_with_the_servers(tmp_path: Path, binaries: dict[str, Path]):
    with loopback.running(tmp_path, binaries) as servers:
        process = servers.start("more", binaries["etcd"], "word")
        assert process.poll() is None
    assert process.poll() is not None
