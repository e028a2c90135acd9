from components import pod
from contract.repository import MOUNT_PATH, SECRET_MOUNT, SYSTEM_SECRET, UID, VOLUME
from tests.unit.components.fixtures import EXPORT, plain


def test_the_pods_user_is_the_one_that_owns_the_repositorys_files():
    security = plain(pod.pod_security())
    assert security["run_as_user"] == security["run_as_group"] == security["fs_group"] == UID
    assert security["run_as_non_root"] is True
    assert security["seccomp_profile"] == {"type": "RuntimeDefault"}


def test_no_container_has_a_way_up():
    made = pod.container("c", image="i", command=["x"], env=[], memory={}, mounts=[])
    security = plain(made)["security_context"]
    assert security["allow_privilege_escalation"] is False
    assert security["read_only_root_filesystem"] is True
    assert security["capabilities"] == {"drop": ["ALL"]}


def test_environment_does_not_depend_on_the_order_of_its_source():
    assert pod.environment({"B": "2", "A": "1"}) == pod.environment({"A": "1", "B": "2"})


def test_the_repository_is_read_only_in_volume_and_mount_alike():
    for read_only in (True, False):
        volumes = {v["name"]: plain(v) for v in pod.repository_volumes(EXPORT, read_only=read_only)}
        mounts = {m["name"]: m for m in pod.repository_mounts(read_only=read_only)}
        assert volumes.keys() == mounts.keys()
        assert volumes[VOLUME]["nfs"]["read_only"] is read_only
        assert mounts[VOLUME] == {
            "name": VOLUME,
            "mount_path": MOUNT_PATH,
            "read_only": read_only,
        }


def test_the_secret_is_files_that_only_the_pods_group_reads():
    volume = next(v for v in pod.repository_volumes(EXPORT, read_only=True) if "secret" in v)
    mount = next(
        m for m in pod.repository_mounts(read_only=True) if m["mount_path"] == SECRET_MOUNT
    )
    assert volume["secret"] == {
        "secret_name": SYSTEM_SECRET,
        "default_mode": 0o440,
        "optional": True,
    }
    assert mount["name"] == volume["name"]
    assert mount["read_only"] is True


def test_a_parts_pods_are_found_by_a_label_that_all_its_objects_bear():
    assert pod.selector("part").items() <= pod.labels("part").items()


def test_an_http_probe_gives_up_after_the_third_miss():
    probe = pod.http_probe("/x", "http", 7)
    assert probe["http_get"] == {"path": "/x", "port": "http"}
    assert (probe["period_seconds"], probe["failure_threshold"]) == (7, 3)


def test_a_secret_reaches_the_environment_by_reference_only():
    made = pod.secret_environment("A", "secret", "key")
    assert made == {
        "name": "A",
        "value_from": {"secret_key_ref": {"name": "secret", "key": "key"}},
    }
