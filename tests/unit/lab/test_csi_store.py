import os

import pytest

from lab.standins.csi_store import MissingError, Store, identifier, mount_points


@pytest.fixture
def store(tmp_path):
    return Store(root=tmp_path)


def test_the_same_name_is_the_same_volume(store):
    first = store.create_volume("pvc-1")
    (store.volume(first) / "file").write_text("kept")
    assert store.create_volume("pvc-1") == first
    assert (store.volume(first) / "file").read_text() == "kept"


def test_a_snapshot_keeps_what_the_volume_was(store):
    volume = store.create_volume("pvc")
    (store.volume(volume) / "file").write_text("then")
    snapshot = store.create_snapshot("snap", volume)
    (store.volume(volume) / "file").write_text("now")
    restored = store.create_volume("again", snapshot)
    assert (store.volume(restored) / "file").read_text() == "then"


def test_a_copy_keeps_modes_links_holes_attributes_and_times(store):
    volume = store.volume(store.create_volume("pvc"))
    volume.chmod(0o2770)
    (volume / "a").write_text("x")
    (volume / "a").chmod(0o640)
    os.utime(volume / "a", ns=(1_000_000_001, 2_000_000_002))
    (volume / "hard").hardlink_to(volume / "a")
    (volume / "soft").symlink_to("nowhere")
    os.setxattr(volume / "a", "user.k", b"v")
    with (volume / "sparse").open("wb") as sparse:
        sparse.truncate(50_000_000)
    copied = store.volume(store.create_volume("b", store.create_snapshot("s", volume.name)))
    about = (copied / "a").stat()
    assert (about.st_mode & 0o777, about.st_mtime_ns, about.st_nlink) == (0o640, 2_000_000_002, 2)
    assert copied.stat().st_mode & 0o7777 == 0o2770
    assert (copied / "hard").stat().st_ino == about.st_ino
    assert os.readlink(copied / "soft") == "nowhere"
    assert os.getxattr(copied / "a", "user.k") == b"v"
    assert (copied / "sparse").stat().st_size == 50_000_000
    assert (copied / "sparse").stat().st_blocks < 100


def test_a_copy_keeps_owners(store):
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    volume = store.volume(store.create_volume("pvc"))
    (volume / "a").touch()
    os.chown(volume / "a", 1234, 5678)
    copied = store.volume(store.create_volume("b", store.create_snapshot("s", volume.name)))
    assert ((copied / "a").stat().st_uid, (copied / "a").stat().st_gid) == (1234, 5678)


def test_a_snapshot_that_is_not_there_is_never_an_empty_volume(store):
    with pytest.raises(MissingError, match="snapshot none"):
        store.create_volume("pvc", "none")
    assert not store.volume(identifier("pvc")).exists()


def test_a_snapshot_goes_with_its_volume(store):
    volume, other = store.create_volume("pvc"), store.create_volume("other")
    snapshot, other_snapshot = store.create_snapshot("s", volume), store.create_snapshot("k", other)
    copied = store.create_volume("copied", snapshot)
    store.delete_volume(volume)
    with pytest.raises(MissingError, match=f"snapshot {snapshot}"):
        store.create_volume("again", snapshot)
    with pytest.raises(MissingError, match=f"volume {volume}"):
        store.create_snapshot("s", volume)
    store.delete_snapshot(snapshot)
    assert store.create_volume("whole", other_snapshot)
    assert store.volume(copied).is_dir()


def test_a_snapshot_keeps_its_id(store):
    volume = store.create_volume("pvc")
    assert store.create_snapshot("s", volume) == store.create_snapshot("s", volume)
    assert identifier("s") == store.create_snapshot("s", volume)


def test_a_snapshot_of_nothing_is_an_error(store):
    with pytest.raises(MissingError, match="volume none"):
        store.create_snapshot("s", "none")


def test_the_rest_of_an_interrupted_copy_never_shows(store):
    half = store.volume(identifier("pvc")).with_suffix(".new")
    half.mkdir(parents=True)
    (half / "half").touch()
    assert list(store.volume(store.create_volume("pvc")).iterdir()) == []


def test_deleting_twice_is_no_error(store):
    volume = store.create_volume("pvc")
    snapshot = store.create_snapshot("s", volume)
    for _ in range(2):
        store.delete_volume(volume)
        store.delete_snapshot(snapshot)
    assert not store.volume(volume).exists()
    assert not store.snapshot(snapshot).exists()


def test_mount_points_with_spaces_are_read():
    line = r"36 35 98:0 / /mnt/with\040space rw - ext4 /dev/vda rw"
    assert mount_points(line) == {"/mnt/with space"}
