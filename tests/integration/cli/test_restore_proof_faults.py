"""The restore drill with the real kopia: what turns it red, and whom it blames."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract.names import Identity
from fakes.api_server import Killed
from kopia.failure import KopiaError, RepositoryError
from mover.drill import rounds
from mover.drill.rounds import Outcome
from mover.job import restore
from tests.unit.mover.drills import A, B, Drills
from tests.unit.mover.repository import Bench, bench


def flip(blob: Path, where: float) -> None:
    content = bytearray(blob.read_bytes())
    content[int(len(content) * where)] ^= 1
    blob.write_bytes(content)


def test_one_flipped_byte_in_a_pack_turns_the_drill_red_until_it_is_mended(
    drills: Drills, repo: Bench, noise: Path
) -> None:
    drills.back_up(noise)
    drills.run()
    before = drills.proof(A)
    assert before.last.outcome == Outcome.GOOD
    pack = max((repo.path / "p").rglob("*.f"), key=lambda file: file.stat().st_size)
    for where in (0.2, 0.5, 0.8):
        flip(pack, where)
        drills.run()
        damaged = drills.proof(A)
        assert damaged.last.outcome == Outcome.FAILED, where
        assert damaged.last.reason, where
        assert (damaged.last.snapshot, damaged.proven) == (before.last.snapshot, before.proven), (
            where
        )
        assert drills.record.problem == "", where
        flip(pack, where)
    drills.run()
    assert drills.proof(A).last.outcome == Outcome.GOOD


def test_damaged_metadata_proves_nothing(drills: Drills, repo: Bench, noise: Path) -> None:
    drills.back_up(noise)
    drills.run()
    before = drills.proof(A)
    for blob in (repo.path / "q").rglob("*.f"):
        for part in range(20):  # a part of a pack is padding, and a copy of its index
            flip(blob, part / 20)
    with contextlib.suppress(RepositoryError):  # where it is the list itself that is damaged
        drills.run()
    assert drills.record.problem or drills.proof(A).last.outcome == Outcome.FAILED
    assert drills.proof(A).proven == before.proven


def test_damage_behind_one_pvc_leaves_the_others_proven(
    drills: Drills, repo: Bench, noise: Path
) -> None:
    before = set((repo.path / "p").rglob("*.f"))
    drills.back_up(noise, A)
    damaged = set((repo.path / "p").rglob("*.f")) - before
    (noise / "deep" / "file").write_bytes(os.urandom(1 << 20))
    drills.back_up(noise, B)
    for blob in damaged:
        flip(blob, 0.5)
    drills.run()
    drills.run()
    assert drills.proof(A).last.outcome == Outcome.FAILED
    assert drills.proof(B).last.outcome == Outcome.GOOD


def swap(repo: Bench) -> None:
    shutil.move(repo.path, repo.root / "away")
    other = repo.root / "other"
    other.mkdir()
    bench(other)
    shutil.move(other / "repository", repo.path)


def empty(repo: Bench) -> None:
    shutil.move(repo.path, repo.root / "away")
    repo.path.mkdir()


def lose_the_index(repo: Bench) -> None:
    for folder in repo.path.glob("x*"):
        shutil.rmtree(folder)


@pytest.mark.parametrize("break_it", [swap, empty, lose_the_index])
def test_a_broken_repository_stops_the_drill_and_proves_nothing(
    drills: Drills, repo: Bench, noise: Path, break_it: Callable[[Bench], None]
) -> None:
    drills.back_up(noise)
    drills.run()
    before = drills.proof(A)
    break_it(repo)
    with pytest.raises(RepositoryError) as caught:
        drills.run()
    assert drills.record.problem == caught.value.reason
    assert drills.proof(A) == before


def test_a_repository_that_goes_away_in_the_middle_blames_no_backup(
    drills: Drills, repo: Bench, noise: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drills.back_up(noise)
    real = restore.choose

    def and_then_it_is_gone(*args: object) -> object:
        chosen = real(*args)  # ty: ignore[invalid-argument-type]
        empty(repo)
        return chosen

    monkeypatch.setattr(restore, "choose", and_then_it_is_gone)
    with pytest.raises(RepositoryError):
        drills.run()
    proof = drills.proof(A)
    assert (proof.last.outcome, proof.is_running) == (Outcome.NONE, False)
    assert drills.record.problem


def test_a_drill_that_is_killed_turns_red_and_holds_up_nobody(
    drills: Drills, noise: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drills.back_up(noise, A)
    drills.back_up(noise, B)

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(restore, "run", killed)
        with pytest.raises(Killed):
            drills.run()
    assert drills.proof(A).is_running
    drills.run()
    assert (drills.proof(A).last.outcome, drills.proof(A).last.reason) == (
        Outcome.FAILED,
        rounds.NO_END,
    )
    assert drills.proof(B).last.outcome == Outcome.GOOD


def test_a_wrong_password_stops_the_drill(drills: Drills, repo: Bench, noise: Path) -> None:
    drills.back_up(noise)
    (repo.secret / "KOPIA_PASSWORD").write_text("wrong")
    with pytest.raises(RepositoryError, match="wrong repository password"):
        drills.run()
    assert drills.record.problem == "wrong repository password"


def test_what_is_none_of_ours_is_left_alone(drills: Drills, noise: Path) -> None:
    for foreign in (Identity("me", "laptop"), Identity("data-backup", "shop", "/home/me")):
        source = f"--override-source={foreign}"
        drills.writer.run("snapshot", "create", str(noise), source)
    assert drills.run() is None
    assert drills.record.proofs == {}
    assert drills.record.ended


def test_deleted_backups_are_missed(drills: Drills, noise: Path) -> None:
    deleted = drills.back_up(noise, A)
    drills.back_up(noise, B)
    drills.run()
    drills.writer.run("snapshot", "delete", deleted, "--delete")
    drills.run()
    assert (drills.proof(A).last.outcome, drills.proof(A).last.reason) == (
        Outcome.FAILED,
        rounds.LOST,
    )
    assert drills.proof(B).last.outcome == Outcome.GOOD


def test_a_drill_writes_nothing_to_the_repository(drills: Drills, repo: Bench, noise: Path) -> None:
    drills.back_up(noise)
    before = {file: file.stat().st_mtime_ns for file in repo.path.rglob("*") if file.is_file()}
    drills.run()
    assert drills.proof(A).last.outcome == Outcome.GOOD
    after = {file: file.stat().st_mtime_ns for file in repo.path.rglob("*") if file.is_file()}
    assert before == after


def test_a_scratch_volume_of_a_former_drill_blames_no_backup(drills: Drills, noise: Path) -> None:
    drills.back_up(noise)
    drills.run()
    with pytest.raises(KopiaError, match="scratch volume is not empty"):
        drills.again()
    assert drills.proof(A).last.outcome == Outcome.GOOD


@pytest.fixture
def small(drills: Drills, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A scratch volume of 1 MiB, in which each file takes 4 KiB."""
    drills.scratch.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(drills.scratch)]
    subprocess.run(mount, check=True)
    yield drills.scratch
    subprocess.run(["umount", str(drills.scratch)], check=True)


def test_a_volume_that_gets_full_is_skipped_and_never_proven(
    drills: Drills, small: Path, tmp_path: Path
) -> None:
    (tmp_path / "many").mkdir()
    for number in range(400):
        (tmp_path / "many" / str(number)).write_text("few bytes")
    drills.back_up(tmp_path / "many")
    drills.again()
    proof = drills.proof(A)
    assert (proof.last.outcome, proof.proven) == (Outcome.SKIPPED, None)
    assert "too large: the volume is full" in proof.last.reason
