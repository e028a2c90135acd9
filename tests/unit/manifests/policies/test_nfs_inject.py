from contract import labels
from contract.repository import NfsExport
from contract.scope import MOVERS_NAMESPACE
from manifests.params import PolicyParams
from manifests.policies import nfs_inject

SPEC = nfs_inject.policy(PolicyParams(), NfsExport(server="nas", path="/x"))["spec"]


def test_updates_are_matched_too_so_that_nothing_loops():
    (rule,) = SPEC["matchConstraints"]["resourceRules"]
    assert rule["operations"] == ["CREATE", "UPDATE"]


def test_only_our_movers_jobs_are_matched():
    terms = SPEC["matchConstraints"]["objectSelector"]["matchExpressions"]
    assert [term["key"] for term in terms] == [labels.CREATED_BY, labels.ROLE]


def test_whoever_asks_must_be_the_mover():
    """The API server judges it, so that nobody's labels ever reach Kyverno."""
    (condition,) = SPEC["matchConditions"]
    assert condition["expression"] == (
        'request.userInfo.username == "system:serviceaccount:volsync-system:kopia-mover"'
    )


def test_the_export_of_the_stack_is_mounted():
    volume = {v["name"]: v["expression"] for v in SPEC["variables"]}["volume"]
    assert '"server": dyn("nas")' in volume
    assert '"path": dyn("/x")' in volume


def test_movers_that_work_apart_are_served_there_and_in_the_exceptions_alone():
    params = PolicyParams(in_namespaces=("plain",))
    spec = nfs_inject.policy(params, NfsExport(server="nas", path="/x"))["spec"]
    (term,) = spec["matchConstraints"]["namespaceSelector"]["matchExpressions"]
    assert (term["operator"], term["values"]) == ("In", [MOVERS_NAMESPACE, "plain"])
