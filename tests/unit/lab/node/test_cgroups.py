import pytest

from lab.node import cgroups


@pytest.fixture
def version1(tmp_path):
    for controller in ("cpuset", "memory"):
        (tmp_path / controller).mkdir()
    for setting, value in (("cpuset.cpus", "0-1"), ("cpuset.mems", "0")):
        (tmp_path / "cpuset" / setting).write_text(value)
    (tmp_path / "cpu").symlink_to("memory")
    return tmp_path


def test_version_2_has_one_root(tmp_path):
    (tmp_path / "cgroup.controllers").touch()
    assert cgroups.roots(tmp_path) == [tmp_path]


def test_version_1_has_one_root_for_each_controller_and_none_for_its_other_names(version1):
    assert [path.name for path in cgroups.roots(version1)] == ["cpuset", "memory"]


def test_our_branch_is_made_everywhere_and_twice_is_once(version1):
    cgroups.make(version1)
    cgroups.make(version1)
    assert len(cgroups.branches(version1)) == 2


def test_only_our_branch_is_removed(version1):
    cgroups.make(version1)
    (version1 / "memory" / cgroups.NAME / "kubepods" / "pod1").mkdir(parents=True)
    (version1 / "memory" / "other").mkdir()
    cgroups.remove(version1)
    assert cgroups.branches(version1) == []
    assert (version1 / "memory" / "other").is_dir()
