import re

from lab import paths
from lab.objects import dns, secrets, storage
from lab.up import ACCOUNTS


def of_kind(objects, kind):
    return [item for item in objects if item["kind"] == kind]


EVERYTHING = [*dns.objects(), *storage.accounts(), *storage.classes(), *secrets.objects()]


def test_every_account_that_gets_a_token_exists():
    accounts = {
        (item["metadata"]["name"], item["metadata"]["namespace"])
        for item in of_kind(EVERYTHING, "ServiceAccount")
    }
    assert set(ACCOUNTS.items()) <= accounts


def test_every_namespace_is_made_before_it_is_used():
    namespaces = {"kube-system"}
    for item in [*storage.accounts(), *secrets.objects()]:
        if item["kind"] == "Namespace":
            namespaces.add(item["metadata"]["name"])
        assert item["metadata"].get("namespace", "kube-system") in namespaces


def test_no_account_may_do_everything():
    for role in of_kind(EVERYTHING, "ClusterRole"):
        assert all("*" not in rule["verbs"] for rule in role["rules"])
        assert all("*" not in rule["apiGroups"] for rule in role["rules"])


def test_the_classes_name_the_driver_by_its_own_name():
    program = (paths.STANDINS / "csi_driver.py").read_text()
    named = re.search(r'^NAME = "(.+)"$', program, re.MULTILINE)
    assert named is not None
    assert named[1] == storage.DRIVER
    for item in of_kind(storage.classes(), "StorageClass"):
        assert item["provisioner"] == storage.DRIVER


def test_exactly_one_storage_class_is_the_default():
    key = "storageclass.kubernetes.io/is-default-class"
    classes = of_kind(storage.classes(), "StorageClass")
    defaults = [item for item in classes if item["metadata"]["annotations"][key] == "true"]
    assert [item["metadata"]["name"] for item in defaults] == [storage.CLASS]


def test_dns_asks_kubernetes_before_it_gives_up():
    blocks = dns.COREFILE.split("}\n.:53")
    assert "kubernetes cluster.local" in blocks[0]
    assert "template" not in blocks[0]
    assert "NXDOMAIN" in blocks[1]
