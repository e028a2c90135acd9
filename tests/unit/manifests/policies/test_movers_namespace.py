from contract.environment import Isolation
from contract.scope import MOVERS_NAMESPACE
from manifests.native import BINDING, POLICY
from manifests.params import PolicyParams
from manifests.policies import movers_namespace
from manifests.render import native_policies

OBJECTS = movers_namespace.objects()
WORK, ENTRY = (obj["spec"] for obj in OBJECTS if obj["kind"] == POLICY)


def _names(params: PolicyParams) -> set[str]:
    return {obj["metadata"]["name"] for obj in native_policies(params)}


def test_they_are_there_only_where_movers_work_apart():
    ours = {movers_namespace.NAME, movers_namespace.EXEC_NAME}
    assert not ours & _names(PolicyParams(isolation=Isolation.NAMESPACE))
    assert ours <= _names(PolicyParams())


def test_the_api_server_judges_by_itself_in_that_namespace_alone():
    assert [obj["kind"] for obj in OBJECTS] == [POLICY, BINDING] * 2
    for spec in (WORK, ENTRY):
        assert "paramKind" not in spec
        (term,) = spec["matchConstraints"]["namespaceSelector"]["matchExpressions"]
        assert (term["operator"], term["values"]) == ("In", [MOVERS_NAMESPACE])


def test_a_deletion_never_comes_here_so_that_the_namespace_can_go():
    for spec in (WORK, ENTRY):
        for rule in spec["matchConstraints"]["resourceRules"]:
            assert "DELETE" not in rule["operations"]


def test_every_kind_that_is_matched_is_judged():
    kinds = [k for rule in WORK["matchConstraints"]["resourceRules"] for k in rule["resources"]]
    for kind in kinds:
        prefix = f'request.resource.resource != "{kind}" || '
        assert len([v for v in WORK["validations"] if v["expression"].startswith(prefix)]) == 1
