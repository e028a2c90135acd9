"""Objects of the pages, applied to a real API server under our policies; nothing is stored."""

import pytest
import yaml

from contract import labels
from lab.cluster import sources
from tests.integration.kyverno import answers, kinds
from tests.integration.kyverno.api import Refused
from tests.integration.kyverno.objects import our_source, pvc
from tests.project.pages.registry import texts_given_to

TEXTS = texts_given_to(__file__)
OF_ARGO_CD = [text for text in TEXTS if "kind: Application\n" in text]
PVCS = [text for text in TEXTS if text not in OF_ARGO_CD]


@pytest.fixture(scope="module")
def argo_cd(shell) -> None:
    """Its kinds, as of the day that Kyverno's playground copied them."""
    crds = sources.ARGO_CD_KINDS.folder() / "data/crds/argocd"
    kinds.serve(shell, crds, "applications.argoproj.io")


def in_namespace(manifest: dict, namespace: str) -> dict:
    return {**manifest, "metadata": {**manifest["metadata"], "namespace": namespace}}


@pytest.mark.parametrize("text", OF_ARGO_CD)
def test_argo_cds_own_schema_accepts_an_application(kyverno, argo_cd, namespace, text):
    manifest = in_namespace(yaml.safe_load(text), namespace)
    live = kyverno.api.apply(manifest, dry_run=True)
    assert live["spec"] == manifest["spec"]
    with pytest.raises(Refused, match="retries"):
        kyverno.api.apply({**manifest, "spec": {**manifest["spec"], "retries": 1}}, dry_run=True)


@pytest.mark.parametrize("text", PVCS)
def test_a_pvc_as_the_page_writes_it_is_restored_where_there_is_a_backup(kyverno, namespace, text):
    kyverno.script.set_answers(namespace, answers.restore("cafe60"))
    written = yaml.safe_load(text)
    claim = pvc(namespace, tier=None)
    claim["spec"] = written.get("spec", claim["spec"])  # README shows the label alone
    claim["metadata"] = claim["metadata"] | written["metadata"]
    live = kyverno.api.apply(claim, dry_run=True)
    assert live["metadata"]["annotations"][labels.RESTORE_FROM] == "cafe60"
    assert live["spec"]["dataSourceRef"] == our_source(claim["metadata"]["name"])
