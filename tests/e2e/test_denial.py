import json

import pytest

from contract.repository import SECRET_STORE, PasswordSource
from lab.application import KubectlError, kubectl
from lab.faults.deployment import PLUMBER, scaled
from manifests.external_secrets import external_secret


def test_without_plumber_a_labelled_pvc_is_denied_and_an_unlabelled_one_is_created(app):
    with scaled(PLUMBER, 0):
        with pytest.raises(KubectlError, match="volsync-pvc-backup-restore"):
            app.apply_pvc("labelled", backup="hourly")
        assert app.pvc("labelled") is None
        app.apply_pvc("plain")
        app.wait_bound("plain")
    PLUMBER.await_ready()
    app.apply_pvc("labelled", backup="hourly")
    app.wait_bound("labelled")


def test_a_name_that_cannot_be_restored_is_denied_with_the_reason(app):
    with pytest.raises(KubectlError, match="63"):
        app.apply_pvc("a" * 64, backup="hourly")


def test_a_tier_that_does_not_exist_is_denied_with_those_that_do(app):
    with pytest.raises(KubectlError, match="hourly"):
        app.apply_pvc("data", backup="weekly")


def test_an_application_does_not_use_the_store_that_opens_the_repository(app):
    meta = {"name": "loot", "namespace": app.namespace}
    loot = external_secret(meta, secret="loot", password=PasswordSource())
    with pytest.raises(KubectlError, match=f"ClusterSecretStore {SECRET_STORE} .* is reserved"):
        kubectl("create", "-f", "-", stdin=json.dumps(loot))
