import os

import pytest

from lab.faults import moving

BLOBS = (moving.FORMAT, ".shards", "p12/ab.f", "xn0/cd.f")


@pytest.fixture
def export(tmp_path):
    for name in BLOBS:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    return tmp_path


def content(top):
    return {str(path.relative_to(top)): path.read_text() for path in top.rglob("*.*f*")} | {
        path.name: path.read_text() for path in top.glob(".*")
    }


def test_nothing_of_the_repository_is_left_in_its_folder(export):
    moving.out(str(export))
    assert os.listdir(export) == [moving.AWAY]


def test_everything_comes_back_and_what_was_written_meanwhile_is_lost(export):
    before = content(export)
    moving.out(str(export))
    for name in (moving.FORMAT, "p12/other.f", "q77/more.f"):
        (export / name).parent.mkdir(exist_ok=True)
        (export / name).write_text("another repository's")
    moving.back(str(export))
    assert content(export) == before
    assert sorted(os.listdir(export)) == sorted(name.split("/")[0] for name in BLOBS)


def test_coming_back_twice_does_nothing(export):
    before = content(export)
    moving.out(str(export))
    moving.back(str(export))
    moving.back(str(export))
    assert content(export) == before


def test_a_move_that_was_interrupted_loses_nothing(export, monkeypatch):
    before = content(export)
    real, renames_left = os.rename, 2

    def rename(old, new):
        nonlocal renames_left
        if not renames_left:
            raise KeyboardInterrupt
        renames_left -= 1
        real(old, new)

    with monkeypatch.context() as interrupted:
        interrupted.setattr(os, "rename", rename)
        with pytest.raises(KeyboardInterrupt):
            moving.out(str(export))
    moving.back(str(export))
    assert content(export) == before


def test_no_half_repository_can_be_opened(export, monkeypatch):
    half_shown = []
    real = os.rename

    def rename(old, new):
        real(old, new)
        names = {name for name in os.listdir(export) if name != moving.DOOMED} - {moving.AWAY}
        half_shown.append(moving.FORMAT in names and len(names) < len(BLOBS))

    monkeypatch.setattr(os, "rename", rename)
    moving.out(str(export))
    moving.back(str(export))
    assert half_shown == [False] * 2 * len(BLOBS)


def test_a_mover_that_writes_meanwhile_does_not_stand_in_the_way(export, monkeypatch):
    before = content(export)
    moving.out(str(export))
    real = os.rename

    def rename(old, new):
        if new == str(export / "p12") and not written:
            written.append(new)
            (export / "p12").mkdir()
            (export / "p12" / "late.f").write_text("written in the last moment")
        real(old, new)

    written = []
    monkeypatch.setattr(os, "rename", rename)
    moving.back(str(export))
    assert written
    assert content(export) == before
