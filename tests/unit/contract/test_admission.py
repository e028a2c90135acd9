import re

from contract import admission

DNS_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"


def test_the_webhooks_name_is_fully_qualified_as_the_api_server_demands():
    assert re.fullmatch(rf"{DNS_LABEL}([.]{DNS_LABEL}){{2,}}", admission.WEBHOOK)


def test_denials_name_the_policy_that_people_look_for():
    assert admission.WEBHOOK.startswith("volsync-pvc-backup-restore")


def test_the_api_server_asks_for_the_services_own_name():
    service, namespace, kind = admission.HOST.split(".")
    assert (service, namespace, kind) == (admission.SERVICE_NAME, "volsync-system", "svc")
