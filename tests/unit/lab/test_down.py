from pathlib import Path

import pytest

from lab import paths
from lab.cluster import secretstore
from lab.down import OUTSIDE, remove
from lab.node import nodeconfig


@pytest.fixture
def state(tmp_path: Path) -> Path:
    top = tmp_path / "state"
    for name in ("nfs/export/p/pack", "nfs/recovery/x", "connect/data.json", "etcd/db", "pid"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(name)
    (top / "link").symlink_to(top / "etcd")
    return top


def files(top: Path) -> set[str]:
    return {path.relative_to(top).as_posix() for path in top.rglob("*") if not path.is_dir()}


def test_all_of_a_state_goes(state: Path) -> None:
    remove(state)
    assert not state.exists()


def test_only_what_is_kept_stays(state: Path) -> None:
    remove(state, [state / "nfs" / "export", state / "connect" / "data.json", state / "none"])
    assert files(state) == {"nfs/export/p/pack", "connect/data.json"}
    assert not (state / "etcd").exists()
    assert not (state / "nfs" / "recovery").exists()


def test_where_nothing_is_there_to_be_kept_all_goes(state: Path) -> None:
    remove(state, [state / "none"])
    assert not state.exists()


def test_a_lost_cluster_leaves_backups_and_passwords_and_neither_volumes_nor_stack() -> None:
    assert {nodeconfig.NFS_EXPORT, secretstore.DATA} <= set(OUTSIDE)
    for lost in (paths.PULUMI, paths.PKI, paths.STATE / "etcd", paths.STATE / "csi"):
        assert not [path for path in OUTSIDE if path == lost or lost in path.parents]
