from kube.resource import NODE, PATHS, SNAPSHOT, ObjectKey, path, plural


def test_an_object_has_one_place_with_or_without_a_namespace():
    group = "apis/snapshot.storage.k8s.io/v1"
    assert path(SNAPSHOT, "media", "x") == f"{group}/namespaces/media/volumesnapshots/x"
    assert path(SNAPSHOT, "") == f"{group}/volumesnapshots"
    assert path(NODE, "", "x") == "api/v1/nodes/x"


def test_no_two_kinds_share_a_place():
    assert len({path(kind, "") for kind in PATHS}) == len(PATHS)
    assert plural(SNAPSHOT) == "volumesnapshots"


def test_a_key_names_its_object_in_the_log():
    about = {"kind": NODE, "namespace": "", "name": "x"}
    assert ObjectKey(**about).about == {"about": about}
