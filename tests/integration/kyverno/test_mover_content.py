"""What the mover may make of VolumeSnapshotContents, whatever its role allows."""

import pytest

from contract.labels import ROLE, SOURCE
from contract.scope import MOVERS_NAMESPACE, VOLSYNC_NAMESPACE
from lab.cluster import sources
from tests.integration.kyverno import kinds
from tests.integration.kyverno.api import Api, Refused
from tests.integration.kyverno.conftest import EXCLUDED
from tests.project.pages.terminal import Terminal

API_VERSION = "snapshot.storage.k8s.io/v1"


@pytest.fixture(scope="module", autouse=True)
def contents(shell: Terminal) -> None:
    """The kind VolumeSnapshotContent."""
    crds = sources.SNAPSHOT_API.folder() / "config/crd"
    crd = "volumesnapshotcontents.snapshot.storage.k8s.io"
    kinds.serve(shell, crds / "snapshot.storage.k8s.io_volumesnapshotcontents.yaml", crd)


def content(name: str, namespace: str = MOVERS_NAMESPACE, **changes) -> dict:
    """A content as the mover makes it, but for changes."""
    spec = {
        "driver": "csi.test",
        "deletionPolicy": "Retain",
        "source": {"snapshotHandle": "h"},
        "volumeSnapshotRef": {"name": "s", "namespace": namespace},
    }
    return {
        "apiVersion": API_VERSION,
        "kind": "VolumeSnapshotContent",
        "metadata": {"name": name, "labels": {ROLE: SOURCE}},
        "spec": {**spec, **changes},
    }


def unmarked(manifest: dict) -> dict:
    return {**manifest, "metadata": {"name": manifest["metadata"]["name"]}}


@pytest.mark.parametrize("namespace", [MOVERS_NAMESPACE, "shop"])
def test_the_mover_lends_a_snapshot_to_its_own_and_to_an_applications_namespace(mover, namespace):
    live = mover.create(content(f"lent-to-{namespace}", namespace))
    mover.merge(live, {"metadata": {"annotations": {"a.test/b": "c"}}})
    mover.delete(live)
    assert mover.get(live) is None


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (content("c", deletionPolicy="Delete"), "must have the deletionPolicy Retain"),
        (content("c", source={"volumeHandle": "v"}), "must name a snapshot that is there"),
        (content("c", VOLSYNC_NAMESPACE), "must not lead into a namespace that is excluded"),
        (content("c", "kube-system"), "must not lead into a namespace that is excluded"),
        (content("c", EXCLUDED), "must not lead into a namespace that is excluded"),
        (unmarked(content("c")), f"carry its label {ROLE}"),
    ],
    ids=["deletes", "takes", "system", "kubernetes", "excluded", "unmarked"],
)
def test_anything_else_is_refused_the_mover(mover, manifest, words):
    with pytest.raises(Refused, match=words):
        mover.create(manifest, dry_run=True)


def test_the_storages_own_contents_are_neither_changed_nor_deleted_by_the_mover(kyverno, mover):
    dynamic = unmarked(content("dynamic", "shop", deletionPolicy="Delete"))
    live = kyverno.api.create(
        {**dynamic, "spec": {**dynamic["spec"], "source": {"volumeHandle": "v"}}}
    )
    retain = {"spec": {"deletionPolicy": "Retain"}}
    for patch in ({"metadata": {"labels": {ROLE: SOURCE}}}, retain):
        with pytest.raises(Refused, match="it may touch no others"):
            mover.merge(live, patch)
    with pytest.raises(Refused, match="it may touch no others"):
        mover.delete(live)
    kyverno.api.merge(live, retain)
    kyverno.api.delete(live)
    assert kyverno.api.get(live) is None


def test_a_lent_one_stays_lent(mover):
    live = mover.create(content("lent"))
    with pytest.raises(Refused, match="deletionPolicy Retain"):
        mover.merge(live, {"spec": {"deletionPolicy": "Delete"}})
    mover.delete(live)


def test_nobody_else_passes_a_content_off_as_the_movers(kyverno):
    controller: Api = kyverno.plane.api_of("system:serviceaccount:storage:snapshot-controller")
    for api in (kyverno.api, controller):
        with pytest.raises(Refused, match=f"label {ROLE} is for the mover's own objects"):
            api.create(content("forged"), dry_run=True)
        assert api.create(unmarked(content("plain")), dry_run=True)
