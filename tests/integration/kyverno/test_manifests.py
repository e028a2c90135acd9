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


def in_namespace(wish: dict, namespace: str) -> dict:
    return {**wish, "metadata": {**wish["metadata"], "namespace": namespace}}


@pytest.mark.parametrize("text", OF_ARGO_CD)
def test_argo_cds_own_schema_accepts_an_application(kyverno, argo_cd, namespace, text):
    wish = in_namespace(yaml.safe_load(text), namespace)
    made = kyverno.api.apply(wish, dry_run=True)
    assert made["spec"] == wish["spec"]
    with pytest.raises(Refused, match="retries"):
        kyverno.api.apply({**wish, "spec": {**wish["spec"], "retries": 1}}, dry_run=True)


@pytest.mark.parametrize("text", PVCS)
def test_a_pvc_as_the_page_writes_it_is_restored_where_there_is_a_backup(kyverno, namespace, text):
    kyverno.script.say(namespace, answers.restore("cafe60"))
    given = yaml.safe_load(text)
    whole = pvc(namespace, tier=None)
    whole["spec"] = given.get("spec", whole["spec"])  # README shows the label alone
    whole["metadata"] = whole["metadata"] | given["metadata"]
    made = kyverno.api.apply(whole, dry_run=True)
    assert made["metadata"]["annotations"][labels.RESTORE_FROM] == "cafe60"
    assert made["spec"]["dataSourceRef"] == our_source(whole["metadata"]["name"])
