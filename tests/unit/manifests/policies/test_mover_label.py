from contract import labels
from contract.scope import JOB_CONTROLLERS, MOVER_ACCOUNT
from manifests.native import BINDING, POLICY
from manifests.policies import mover_label

OBJECTS = mover_label.objects()
LABEL, TEMPLATE = (obj["spec"] for obj in OBJECTS if obj["kind"] == POLICY)


def test_the_api_server_judges_by_itself():
    assert [obj["kind"] for obj in OBJECTS] == [POLICY, BINDING] * 2
    assert "paramKind" not in LABEL | TEMPLATE


def test_an_object_without_the_label_is_never_matched():
    (term,) = LABEL["matchConstraints"]["objectSelector"]["matchExpressions"]
    assert term == {"key": labels.ROLE, "operator": "Exists"}


def test_no_namespace_is_left_out():
    for spec in (LABEL, TEMPLATE):
        assert spec["matchConstraints"]["namespaceSelector"] == {}


def test_a_deletion_never_comes_here():
    for spec in (LABEL, TEMPLATE):
        for rule in spec["matchConstraints"]["resourceRules"]:
            assert rule["operations"] == ["CREATE", "UPDATE"]


def test_the_mover_may_and_pods_come_from_the_job_controller():
    (validation,) = LABEL["validations"]
    assert validation["expression"].endswith(f': request.userInfo.username == "{MOVER_ACCOUNT}"')
    assert all(f'"{user}"' in validation["expression"] for user in JOB_CONTROLLERS)


def test_a_content_of_the_storage_cannot_be_passed_off_as_the_movers():
    kinds = {
        kind for rule in LABEL["matchConstraints"]["resourceRules"] for kind in rule["resources"]
    }
    assert "volumesnapshotcontents" in kinds
