"""External Secrets by the stack: its real chart and image, in place of the lab's own program."""

from components.external_secrets import NAME
from contract.repository import SYSTEM_SECRET
from contract.scope import MOVERS_NAMESPACE
from lab.application import get, kubectl
from lab.faults.outage import killed
from lab.program import UP, configure, forget, lab

INSTALL = "externalSecrets.install"
OWNER = f"meta.helm.sh/release-name={NAME}", f"meta.helm.sh/release-namespace={NAME}"


def _take_over() -> None:
    """As docs/adopt.md tells for kinds that are already there."""
    kinds = [
        kind for kind in kubectl("get", "crds", "-o", "name").split() if "external-secrets" in kind
    ]
    kubectl("label", "--overwrite", *kinds, "app.kubernetes.io/managed-by=Helm")
    kubectl("annotate", "--overwrite", *kinds, *OWNER)


def _rights_of_an_editor(namespace: str) -> str:
    """What somebody may do who has the ClusterRole `edit` in one namespace."""
    words = ("--clusterrole=edit", "--user=tenant", "-n", namespace)
    kubectl("create", "rolebinding", "tenant", *words)
    return kubectl("auth", "can-i", "--list", "--as=tenant", "-n", namespace)


def test_the_stack_installs_it_when_asked_for_and_leaves_every_secret_when_it_goes(app):
    with killed("external-secrets"):
        _take_over()
        configure(INSTALL, "true")
        try:
            lab("pulumi", *UP)
            app.apply_pvc("data", backup="hourly")
            app.wait_backup("data")
            assert "external-secrets.io" not in _rights_of_an_editor(app.namespace)
        finally:
            forget(INSTALL)
            lab("pulumi", *UP)
        assert get("deployment", NAME, NAME) is None
        for kind in ("secret", "externalsecret"):
            assert get(kind, SYSTEM_SECRET, MOVERS_NAMESPACE)
