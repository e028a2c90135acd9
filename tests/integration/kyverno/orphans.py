"""A namespace arranged for the cleanup's next tick, a minute away, while other tests run."""

from dataclasses import dataclass

from contract import labels
from manifests import volsync
from tests.integration.kyverno.api import Api
from tests.integration.kyverno.objects import bound, parts, pvc, ref

NAMESPACE = "reaped"
REMOVED, EXEMPTED, LIVING = "removed", "exempted", "living"


@dataclass(frozen=True)
class Orphans:
    """What the next tick must delete, and what must be there after it."""

    doomed: list[dict]
    spared: list[dict]


def _source(name: str, **marks: str) -> dict:
    obj = ref(volsync.API_VERSION, volsync.SOURCE, NAMESPACE, name)
    obj["metadata"]["labels"] = marks
    return {**obj, "spec": {"sourcePVC": "gone", "trigger": {"manual": "x"}}}


def arrange(api: Api) -> Orphans:
    """Three PVCs, two of which lose their label, and sources that look a little like ours."""
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    removed, exempted, _ = (
        bound(api, pvc(NAMESPACE, name)) for name in (REMOVED, EXEMPTED, LIVING)
    )
    our_labels = {labels.MANAGED_BY: labels.KYVERNO, labels.PVC: "gone"}
    orphan = api.create(_source("gone-backup", **our_labels))
    spared = [
        api.create(_source("another-name", **our_labels)),
        api.create(_source("gone-restore", **{labels.PVC: "gone"})),
        api.create(_source("plain")),
        *parts(NAMESPACE, LIVING).values(),
    ]
    api.merge(removed, {"metadata": {"labels": {labels.BACKUP: None}}})
    api.merge(exempted, {"metadata": {"labels": {labels.BACKUP: labels.NO_BACKUP}}})
    orphans = [part for name in (REMOVED, EXEMPTED) for part in parts(NAMESPACE, name).values()]
    return Orphans([*orphans, orphan], spared)
