import sys
from pathlib import Path

import pytest

from contract import answer, audit, labels, repository, scope, volsync
from contract.names import Claim
from contract.repository import NfsExport
from contract.schedule import TIERS

CONTRACT = Path(answer.__file__).parent


def test_contract_imports_the_standard_library_only():
    for module in CONTRACT.glob("*.py"):
        for line in module.read_text().splitlines():
            if line.startswith(("import ", "from ")):
                root = line.split()[1].split(".")[0]
                assert root in sys.stdlib_module_names | {"contract"}, f"{module.name}: {line}"


def test_the_label_and_its_values_are_the_public_ones():
    assert labels.BACKUP == "backup"
    assert tuple(TIERS) == ("hourly", "daily")
    assert labels.NO_BACKUP == "none"


def test_an_answer_never_uses_the_key_that_kyverno_overwrites():
    words = {value for name, value in vars(answer.Field).items() if name.isupper()}
    assert "statusCode" not in words


def test_unknown_is_never_a_success():
    assert answer.Status.UNKNOWN >= 500
    assert answer.Status.BAD_REQUEST >= 400


def test_plumber_gives_up_before_the_webhook_does():
    assert answer.DEADLINE + 3 <= answer.WEBHOOK_TIMEOUT


def test_a_decision_path_names_the_claim():
    assert answer.decision_path(Claim("media", "photos")) == "/v1/decision/media/photos"


def test_the_audit_names_the_claim_and_each_key_once():
    assert audit.audit_path(Claim("media", "photos")) == "/v1/audit/media/photos"
    keys = [value for name, value in vars(audit.Key).items() if name.isupper()]
    assert len(set(keys)) == len(keys)


def test_the_provider_has_the_form_that_volsync_asks_for():
    assert volsync.PROVIDER == "volsync.backup/kopia"
    assert volsync.retain_key("hourly") == "retainHourly"


def test_the_systems_own_namespaces_are_always_excluded():
    kubernetes = {"kube-system", "kube-public", "kube-node-lease"}
    ours = {"volsync-system", "kyverno", "kopia-movers"}
    assert set(scope.excluded_namespaces()) == kubernetes | ours
    assert scope.excluded_namespaces(["argocd", "kyverno"]).count("kyverno") == 1


@pytest.mark.parametrize(
    ("server", "path"), [("", "/export"), ("nas/x", "/export"), ("nas", "export"), ("nas", "")]
)
def test_an_export_that_could_not_be_mounted_is_refused(server, path):
    with pytest.raises(ValueError, match="must be"):
        NfsExport(server=server, path=path)


def test_the_secret_has_the_keys_of_the_origin():
    keys = (repository.KEY_REPOSITORY, repository.KEY_FS_PATH, repository.KEY_PASSWORD)
    assert keys == ("KOPIA_REPOSITORY", "KOPIA_FS_PATH", "KOPIA_PASSWORD")
    assert repository.REPOSITORY_URL == "filesystem:///repository"
