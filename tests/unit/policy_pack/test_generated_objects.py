import pytest
from claims import objects
from generated_objects import generated_problems

from contract.names import Claim, destination_name, secret_name, source_name
from contract.repository import KEY_PASSWORD
from contract.volsync import API_VERSION, PROVIDER
from tests.unit.policy_pack import inputs
from tests.unit.policy_pack.inputs import proxy

PVC = Claim("apps", "data")
KEYS = {"data": [{"secretKey": KEY_PASSWORD}]}
OURS = [
    ("ReplicationSource", source_name(PVC), API_VERSION, {"sourcePVC": "data", "trigger": {}}),
    ("ReplicationDestination", destination_name(PVC), API_VERSION, {}),
    ("ReplicationSource", source_name(PVC), API_VERSION, inputs.UNKNOWN_MAP),
    ("ReplicationSource", "mine", API_VERSION, {"external": {"provider": PROVIDER}}),
    ("ExternalSecret", secret_name(PVC), "external-secrets.io/v1", KEYS),
    ("ExternalSecret", secret_name(PVC), "external-secrets.io/v1", inputs.UNKNOWN_MAP),
]
THEIRS = [
    ("ReplicationSource", "mine", API_VERSION, {}),
    ("ReplicationSource", "nightly-backup", API_VERSION, {"sourcePVC": "nightly", "restic": {}}),
    ("ReplicationDestination", "data-restore", API_VERSION, {"rsyncTLS": {}}),
    ("ReplicationSource", source_name(PVC), API_VERSION, {"external": {"provider": "x.test/y"}}),
    ("ExternalSecret", "mine", "external-secrets.io/v1", KEYS),
    ("ExternalSecret", "volsync-restic", "external-secrets.io/v1", {"data": [{"secretKey": "A"}]}),
    ("ConfigMap", secret_name(PVC), "v1", {}),
]


def _problems(kind, name, version, spec):
    metadata = {"name": name, "namespace": "apps"}
    props = {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
    (obj,) = objects(f"kubernetes:{version}:{kind}", proxy(props))
    return list(generated_problems(obj))


@pytest.mark.parametrize(("kind", "name", "version", "spec"), OURS)
def test_what_kyverno_makes_is_in_no_program(kind, name, version, spec):
    (problem,) = _problems(kind, name, version, spec)
    assert problem.startswith(f"{kind} apps/{name}: is made by Kyverno")


@pytest.mark.parametrize(("kind", "name", "version", "spec"), THEIRS)
def test_other_objects_are_the_users_own_whatever_their_names(kind, name, version, spec):
    assert _problems(kind, name, version, spec) == []
