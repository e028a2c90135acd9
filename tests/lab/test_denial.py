from collections.abc import Generator
from contextlib import contextmanager

import pytest

from contract import answer
from lab.application import KubectlError, kubectl, wait_for

PLACE = ("-n", "volsync-system")


@contextmanager
def plumber_down() -> Generator[None]:
    replicas = kubectl(
        *PLACE, "get", "deployment", answer.SERVICE, "-o", "jsonpath={.spec.replicas}"
    )
    kubectl(*PLACE, "scale", "deployment", answer.SERVICE, "--replicas=0")
    wait_for("end of pvc-plumber's pods", lambda: not _pods())
    try:
        yield
    finally:
        kubectl(*PLACE, "scale", "deployment", answer.SERVICE, f"--replicas={replicas}")
        kubectl(*PLACE, "rollout", "status", "deployment", answer.SERVICE, "--timeout=120s")


def _pods() -> str:
    selector = f"app.kubernetes.io/name={answer.SERVICE}"
    return kubectl(*PLACE, "get", "pods", "-l", selector, "-o", "name")


def test_without_plumber_a_labelled_pvc_is_denied_and_an_unlabelled_one_is_created(app):
    with plumber_down():
        with pytest.raises(KubectlError, match="volsync-pvc-backup-restore"):
            app.apply_pvc("labelled", backup="hourly")
        assert app.pvc("labelled") is None
        app.apply_pvc("plain")
        app.wait_bound("plain")
    app.apply_pvc("labelled", backup="hourly")
    app.wait_bound("labelled")


def test_a_name_that_cannot_be_restored_is_denied_with_the_reason(app):
    with pytest.raises(KubectlError, match="63"):
        app.apply_pvc("a" * 64, backup="hourly")


def test_a_tier_that_does_not_exist_is_denied_with_those_that_do(app):
    with pytest.raises(KubectlError, match="hourly"):
        app.apply_pvc("data", backup="weekly")
