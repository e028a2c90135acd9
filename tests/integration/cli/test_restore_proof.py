"""The restore drill with the real kopia: what it proves, and what it passes by."""

import os
from pathlib import Path

import pytest

from contract.names import identity
from kopia.snapshots import listing
from mover.drill.rounds import Outcome
from mover.job import restore
from tests.unit.mover.drills import A, B, Drills
from tests.unit.mover.repository import Bench


def test_a_whole_backup_is_proven_with_its_figures(drills: Drills, repo: Bench, tree: Path) -> None:
    result = repo.backup(tree, identity=identity(A))
    drills.run()
    proven = drills.proof(A)
    assert (proven.last.outcome, proven.last.reason) == (Outcome.GOOD, "")
    assert (proven.last.snapshot, proven.last.time) == (result.snapshot, result.time)
    assert (proven.last.files, proven.last.bytes) == (result.files, result.bytes)
    assert proven.proven
    assert proven.tried
    assert proven.proven >= proven.tried
    assert not proven.is_running
    assert (drills.record.problem, drills.record.ended) == ("", proven.proven)


def test_the_drills_go_round_and_always_take_the_newest(drills: Drills, noise: Path) -> None:
    drills.back_up(noise, A)
    other = drills.back_up(noise, B)
    drills.run()
    drills.run()
    assert drills.proof(B).last.snapshot == other
    (noise / "later").write_text("later")
    newest = drills.back_up(noise, A)
    drills.run()
    assert drills.proof(A).last.snapshot == newest
    assert (drills.scratch / "later").read_text() == "later"
    assert {proof.last.outcome for proof in drills.record.proofs.values()} == {Outcome.GOOD}


def test_a_newer_half_snapshot_is_passed_by(drills: Drills, noise: Path) -> None:
    whole = drills.back_up(noise)
    (noise / "more").write_bytes(os.urandom(4 << 20))
    source = f"--override-source={identity(A)}"
    drills.writer.run("snapshot", "create", str(noise), source, "--upload-limit-mb=1")
    assert max(listing(drills.writer), key=lambda snapshot: snapshot.start).incomplete
    drills.run()
    assert (drills.proof(A).last.outcome, drills.proof(A).last.snapshot) == (Outcome.GOOD, whole)


def test_an_old_snapshot_proves_nothing(
    drills: Drills, noise: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = drills.back_up(noise)
    drills.run()
    before = drills.proof(A).proven
    newest = drills.back_up(noise)
    monkeypatch.setattr(
        restore, "choose", lambda snapshots, job: min(snapshots, key=lambda s: s.start)
    )
    drills.run()
    proof = drills.proof(A)
    assert (proof.last.outcome, proof.last.snapshot, proof.proven) == (
        Outcome.FAILED,
        newest,
        before,
    )
    assert proof.last.reason == f"snapshot {old} came back, not the newest one"


@pytest.fixture
def restores_nothing(repo: Bench, kopia_binary: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kopia whose restores say that all went well, and leave the volume as it was."""
    folder = repo.root / "liar"
    folder.mkdir()
    liar = folder / "kopia"
    lie = 'case " $* " in *" snapshot restore "*) exit 0;; esac'
    liar.write_text(f'#!/bin/sh\n{lie}\nexec {kopia_binary} "$@"\n')
    liar.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return liar


@pytest.mark.usefixtures("restores_nothing")
def test_an_empty_volume_proves_nothing(drills: Drills, noise: Path) -> None:
    drills.back_up(noise)
    drills.run()
    assert drills.proof(A).last.outcome == Outcome.FAILED
    assert drills.proof(A).last.reason.startswith("restored 0 files, 1 directories, 0 bytes")
    assert drills.proof(A).proven is None


def test_a_backup_of_an_empty_volume_is_proven_as_such(drills: Drills, tmp_path: Path) -> None:
    (tmp_path / "void").mkdir()
    drills.back_up(tmp_path / "void")
    drills.run()
    assert (drills.proof(A).last.outcome, drills.proof(A).last.files) == (Outcome.GOOD, 0)
