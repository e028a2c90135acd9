import os
from pathlib import Path

import pytest

from mover import tree
from mover.tree import Counts, agrees


def test_files_folders_with_the_root_and_bytes_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "file").write_text("12345")
    (tmp_path / "link").symlink_to("a")
    os.mkfifo(tmp_path / "pipe")
    assert tree.counts(tmp_path) == Counts(files=1, dirs=3, bytes=5)


def test_one_name_in_the_root_can_be_left_out(tmp_path: Path) -> None:
    for folder in (tmp_path / "skip", tmp_path / "a" / "skip"):
        folder.mkdir(parents=True)
        (folder / "file").write_text("1")
    assert tree.counts(tmp_path, without="skip") == Counts(files=1, dirs=3, bytes=1)


def test_a_folder_that_cannot_be_read_is_an_error_and_not_a_small_tree(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        tree.counts(tmp_path / "gone")


def test_a_new_volume_holds_at_most_what_mkfs_made(tmp_path: Path) -> None:
    assert tree.is_new(tmp_path)
    (tmp_path / tree.LOST_FOUND).mkdir()
    assert tree.is_new(tmp_path)
    (tmp_path / tree.LOST_FOUND / "piece").touch()
    assert not tree.is_new(tmp_path)


def test_a_file_in_it_makes_a_volume_old(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not tree.is_new(tmp_path)


@pytest.mark.parametrize(
    ("found", "had_lost_found", "agreed"),
    [
        (Counts(files=3, dirs=2, bytes=9), False, True),
        (Counts(files=3, dirs=3, bytes=9), False, False),
        (Counts(files=3, dirs=3, bytes=9), True, True),
        (Counts(files=3, dirs=4, bytes=9), True, False),
        (Counts(files=2, dirs=2, bytes=9), False, False),
        (Counts(files=3, dirs=2, bytes=8), True, False),
        (Counts(), False, False),
    ],
)
def test_a_restored_tree_agrees_to_the_last_byte(
    found: Counts, had_lost_found: bool, agreed: bool
) -> None:
    expected = Counts(files=3, dirs=2, bytes=9)
    assert agrees(expected, found, had_lost_found=had_lost_found) is agreed


def test_what_can_be_read_is_not_counted_as_unreadable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    assert tree.unreadable(tmp_path) == (0, [])


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    assert tree.unreadable(tmp_path / "gone") == (1, ["."])
