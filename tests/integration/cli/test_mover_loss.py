"""A volume loses most of its files: its old snapshots stay until somebody accepts it."""

import json
from pathlib import Path

import pytest

from kopia import data_loss
from kopia.snapshots import listing
from mover.job import backup, file_tree
from tests.unit.mover.repository import IDENTITY, ONE_A_DAY, Bench

FILES = 10


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """Ten files."""
    (tmp_path / "data").mkdir()
    for index in range(FILES):
        (tmp_path / "data" / f"{index}").write_text(f"{index}")
    return tmp_path / "data"


def shrink(volume: Path, count: int) -> None:
    for path in sorted(volume.iterdir())[count:]:
        path.unlink()


def ids(repo: Bench) -> list[str]:
    return [snapshot.id for snapshot in listing(repo.client("look"))]


def keeps(repo: Bench) -> dict[str, int]:
    """The identity's retention as the repository has it."""
    return json.loads(repo.client("look").run("policy", "show", str(IDENTITY), "--json"))[
        "retention"
    ]


def test_old_snapshots_stay_until_the_loss_is_accepted_and_no_longer(
    repo: Bench, volume: Path
) -> None:
    whole = repo.backup(volume, retention=ONE_A_DAY)
    assert (whole.verified, whole.held_by) == (True, "")

    shrink(volume, 4)
    poor = repo.backup(volume, retention=ONE_A_DAY)
    assert poor.verified, poor.reason
    assert poor.held_by == poor.snapshot
    assert f"{poor.snapshot} holds 4 files, the one before it held 10" in poor.note
    assert keeps(repo)["keepLatest"] > FILES  # nor does kopia itself expire anything

    later = repo.backup(volume, retention=ONE_A_DAY, accepted_loss=whole.snapshot)
    assert later.held_by == poor.snapshot
    assert ids(repo) == [whole.snapshot, poor.snapshot, later.snapshot]

    accepted = repo.backup(volume, retention=ONE_A_DAY, accepted_loss=poor.snapshot)
    assert (accepted.verified, accepted.held_by) == (True, "")
    assert ids(repo) == [accepted.snapshot]
    assert keeps(repo)["keepLatest"] == 0

    shrink(volume, 1)
    again = repo.backup(volume, retention=ONE_A_DAY, accepted_loss=poor.snapshot)
    assert again.held_by == again.snapshot


def test_a_volume_that_became_empty_is_backed_up_and_held(repo: Bench, volume: Path) -> None:
    whole = repo.backup(volume, retention=ONE_A_DAY)
    shrink(volume, 0)
    empty = repo.backup(volume, retention=ONE_A_DAY)
    assert (empty.files, empty.held_by) == (0, empty.snapshot)
    assert ids(repo) == [whole.snapshot, empty.snapshot]


def test_a_database_that_became_empty_is_held_though_its_file_is_still_there(
    repo: Bench, tmp_path: Path
) -> None:
    database = tmp_path / "data" / "app.db"
    database.parent.mkdir()
    database.write_bytes(bytes(range(256)) * 20_000)
    whole = repo.backup(tmp_path / "data", retention=ONE_A_DAY)
    database.write_bytes(b"")
    empty = repo.backup(tmp_path / "data", retention=ONE_A_DAY)
    assert (empty.files, empty.held_by) == (1, empty.snapshot)
    assert "holds 0 bytes, the one before it held 5120000" in empty.note
    assert ids(repo) == [whole.snapshot, empty.snapshot]


def test_the_next_pvc_of_that_name_is_held_unless_it_was_restored(
    repo: Bench, volume: Path
) -> None:
    """It holds as many files and more: nothing but its uid tells that it is another."""
    first = repo.backup(volume, retention=ONE_A_DAY, pvc_uid="uid-1")
    restored = repo.backup(
        volume, retention=ONE_A_DAY, pvc_uid="uid-2", restored_from=first.snapshot
    )
    assert (restored.verified, restored.held_by) == (True, "")

    (volume / "more").write_text("more")
    foreign = repo.backup(volume, retention=ONE_A_DAY, pvc_uid="uid-3")
    assert foreign.held_by == foreign.snapshot
    assert f"{foreign.snapshot} is the first of another PVC" in foreign.note
    again = repo.backup(volume, retention=ONE_A_DAY, pvc_uid="uid-3")
    assert again.held_by == foreign.snapshot
    assert ids(repo) == [restored.snapshot, foreign.snapshot, again.snapshot]

    accepted = repo.backup(
        volume, retention=ONE_A_DAY, pvc_uid="uid-3", accepted_loss=foreign.snapshot
    )
    assert accepted.held_by == ""
    assert ids(repo) == [accepted.snapshot]


def test_a_snapshot_tells_of_which_pvc_it_is_and_where_that_came_from(
    repo: Bench, volume: Path
) -> None:
    plain = repo.backup(volume)
    repo.backup(volume, pvc_uid="uid-2", restored_from=plain.snapshot)
    before, after = listing(repo.client("look"))
    assert (before.pvc_uid, before.restored_from) == ("", "")
    assert (after.pvc_uid, after.restored_from) == ("uid-2", plain.snapshot)


def test_half_of_the_files_may_go(repo: Bench, volume: Path) -> None:
    repo.backup(volume, retention=ONE_A_DAY)
    shrink(volume, FILES // 2)
    half = repo.backup(volume, retention=ONE_A_DAY)
    assert half.held_by == ""
    assert ids(repo) == [half.snapshot]


def test_a_crash_right_after_the_snapshot_does_not_lose_the_hold(
    repo: Bench, volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = repo.backup(volume, retention=ONE_A_DAY)
    shrink(volume, 1)
    with monkeypatch.context() as crashing:
        crashing.setattr(backup, "_stored", crash)
        with pytest.raises(KeyboardInterrupt):
            repo.backup(volume, retention=ONE_A_DAY)
    (remaining,) = [snapshot_id for snapshot_id in ids(repo) if snapshot_id != whole.snapshot]
    result = repo.backup(volume, retention=ONE_A_DAY)
    assert result.held_by == remaining
    assert whole.snapshot in ids(repo)


def crash(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_loss_that_shows_only_in_the_snapshot_is_marked_in_it_as_well(
    repo: Bench, volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.backup(volume, retention=ONE_A_DAY)
    shrink(volume, 1)
    before = file_tree.Survey(files=FILES, dirs=1)
    monkeypatch.setattr(file_tree, "survey", lambda *_: before)
    result = repo.backup(volume, retention=ONE_A_DAY, is_live=True)
    assert result.held_by == result.snapshot
    newest = listing(repo.client("look"))[-1]
    assert (newest.id, newest.tags) == (result.snapshot, {data_loss.HELD})
    assert len(ids(repo)) == 2
