import re

from lab import paths
from lab.objects import dns, secrets, storage
from lab.up import ACCOUNTS


def of_kind(objects, kind):
    return [one for one in objects if one["kind"] == kind]


EVERYTHING = [*dns.objects(), *storage.accounts(), *storage.classes(), *secrets.objects()]


def test_every_account_that_gets_a_token_exists():
    made = {
        (one["metadata"]["name"], one["metadata"]["namespace"])
        for one in of_kind(EVERYTHING, "ServiceAccount")
    }
    assert set(ACCOUNTS.items()) <= made


def test_every_namespace_is_made_before_it_is_used():
    known = {"kube-system"}
    for one in [*storage.accounts(), *secrets.objects()]:
        if one["kind"] == "Namespace":
            known.add(one["metadata"]["name"])
        assert one["metadata"].get("namespace", "kube-system") in known


def test_no_account_may_do_everything():
    for role in of_kind(EVERYTHING, "ClusterRole"):
        assert all("*" not in rule["verbs"] for rule in role["rules"])
        assert all("*" not in rule["apiGroups"] for rule in role["rules"])


def test_the_classes_name_the_driver_by_its_own_name():
    program = (paths.STANDINS / "csi_driver.py").read_text()
    named = re.search(r'^NAME = "(.+)"$', program, re.MULTILINE)
    assert named is not None
    assert named[1] == storage.DRIVER
    for one in of_kind(storage.classes(), "StorageClass"):
        assert one["provisioner"] == storage.DRIVER


def test_exactly_one_storage_class_is_the_default():
    key = "storageclass.kubernetes.io/is-default-class"
    classes = of_kind(storage.classes(), "StorageClass")
    defaults = [one for one in classes if one["metadata"]["annotations"][key] == "true"]
    assert [one["metadata"]["name"] for one in defaults] == [storage.CLASS]


def test_dns_asks_kubernetes_before_it_gives_up():
    blocks = dns.COREFILE.split("}\n.:53")
    assert "kubernetes cluster.local" in blocks[0]
    assert "template" not in blocks[0]
    assert "NXDOMAIN" in blocks[1]
