import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mover.job import file_tree
from mover.job.file_tree import Counts, agrees
from tests.unit.mover.snapshots import snapshot


def test_files_links_folders_with_the_root_and_bytes_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "file").write_text("12345")
    (tmp_path / "link").symlink_to("a")
    os.mkfifo(tmp_path / "pipe")
    tree = file_tree.survey(tmp_path)
    assert tree.counts == Counts(files=1, links=1, dirs=3, bytes=5)
    assert tree.not_kept() == ["1 sockets, pipes or devices are left out"]


def test_given_paths_can_be_left_out(tmp_path: Path) -> None:
    for folder in (tmp_path / "skip", tmp_path / "a" / "skip"):
        folder.mkdir(parents=True)
        (folder / "file").write_text("1")
    assert file_tree.survey(tmp_path, {"skip"}).counts == Counts(files=1, dirs=3, bytes=1)
    assert file_tree.survey(tmp_path, {"a/skip/file"}).counts == Counts(files=1, dirs=4, bytes=1)


def test_a_root_that_cannot_be_read_is_an_error_and_not_a_small_tree(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        file_tree.survey(tmp_path / "gone")


def test_a_folder_that_cannot_be_read_is_named_and_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def closed(path: str):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", closed)  # root may read every folder
    tree = file_tree.survey(tmp_path)
    assert (tree.counts, tree.unread) == (Counts(dirs=2), ["closed"])


def test_every_name_of_a_hard_link_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("abc")
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    tree = file_tree.survey(tmp_path)
    assert tree.counts == Counts(files=2, dirs=1, bytes=6)
    assert "2 files are hard links" in tree.not_kept()[0]


def test_attributes_that_somebody_has_set_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain").touch()
    (tmp_path / "noted").touch()

    def listed(path: str, *, follow_symlinks: bool) -> list[str]:  # not every tmp can hold them
        return ["security.selinux", *(["user.note"] if path.endswith("noted") else [])]

    monkeypatch.setattr(os, "listxattr", listed)
    assert file_tree.survey(tmp_path).not_kept()[0].startswith("1 entries have extended attributes")


def test_a_file_system_without_attributes_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str, *, follow_symlinks: bool) -> list[str]:
        raise OSError(95, "Operation not supported")

    (tmp_path / "plain").touch()
    monkeypatch.setattr(os, "listxattr", refuse)
    tree = file_tree.survey(tmp_path)
    assert (tree.files, tree.attributed, tree.unread) == (1, 0, [])


def test_a_name_that_is_not_utf_8_is_told_as_kopia_will_write_it(tmp_path: Path) -> None:
    (Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9"))).touch()
    (tmp_path / "café").touch()
    tree = file_tree.survey(tmp_path)
    assert tree.renamed == ["caf\ufffd"]
    assert tree.clashes == []
    assert tree.counts.files == 2


@pytest.mark.parametrize("other", [b"caf\xea", "caf\ufffd".encode()])
def test_names_that_become_the_same_are_found(tmp_path: Path, other: bytes) -> None:
    for name in (b"caf\xe9", other):
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).touch()
    assert file_tree.survey(tmp_path).clashes == ["caf\ufffd"]


@given(st.lists(st.text(alphabet="a\udcff\n\x1b[é", max_size=5), max_size=6))
def test_paths_that_are_shown_are_few_and_printable(paths: list[str]) -> None:
    shown = file_tree.first_of(paths)
    assert shown.isprintable()
    assert shown.count(", ") < file_tree.NAMED


def test_a_new_volume_holds_at_most_what_mkfs_made(tmp_path: Path) -> None:
    assert file_tree.is_new(tmp_path)
    (tmp_path / file_tree.LOST_FOUND).mkdir()
    assert file_tree.is_new(tmp_path)
    (tmp_path / file_tree.LOST_FOUND / "piece").touch()
    assert not file_tree.is_new(tmp_path)


def test_a_file_in_it_makes_a_volume_old(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not file_tree.is_new(tmp_path)


@pytest.mark.parametrize(
    ("restored", "had_lost_found", "agreed"),
    [
        (Counts(files=3, links=1, dirs=2, bytes=9), False, True),
        (Counts(files=3, links=1, dirs=3, bytes=9), False, False),
        (Counts(files=3, links=1, dirs=3, bytes=9), True, True),
        (Counts(files=3, links=1, dirs=4, bytes=9), True, False),
        (Counts(files=2, links=1, dirs=2, bytes=9), False, False),
        (Counts(files=3, links=0, dirs=2, bytes=9), False, False),
        (Counts(files=3, links=1, dirs=2, bytes=8), True, False),
        (Counts(), False, False),
    ],
)
def test_a_restored_tree_agrees_to_the_last_byte(
    restored: Counts, had_lost_found: bool, agreed: bool
) -> None:
    expected = file_tree.stored(snapshot(files=3, links=1, dirs=2, bytes=9))
    assert agrees(expected, restored, had_lost_found=had_lost_found) is agreed


def test_what_can_be_read_is_not_taken_for_unreadable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    assert file_tree.unreadable(tmp_path) == []


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    assert file_tree.unreadable(tmp_path / "gone") == ["."]
