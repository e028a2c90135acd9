from components._register import READY, WAIT_FOR
from components.movers import Movers, MoversArgs
from contract.environment import Isolation
from contract.repository import SYSTEM_SECRET, PasswordSource
from contract.scope import MOVERS_NAMESPACE
from tests.unit.components.fixtures import built


def _made(isolation=Isolation.SYSTEM, **quota):
    args = MoversArgs(isolation=isolation, password=PasswordSource(store="vault"), quota=quota)
    return built(lambda opts: Movers("movers", args, opts))


def test_nothing_is_there_where_movers_work_with_their_pvcs():
    made = _made(Isolation.NAMESPACE, **{"count/jobs.batch": "9"})
    assert {item.kind for item in made.resources} == {"kubernetes", "Movers"}


def test_all_of_it_is_in_the_namespace_and_comes_after_it():
    made = _made(**{"count/jobs.batch": "9"})
    assert made.one("movers-namespace").inputs["metadata"]["name"] == MOVERS_NAMESPACE
    for name in ("secret", "network-policy", "account", "quota"):
        assert made.one(f"movers-{name}").inputs["metadata"]["namespace"] == MOVERS_NAMESPACE
        assert "movers-namespace" in made.needs(f"movers-{name}"), name


def test_the_pods_may_do_what_movers_need_and_no_more():
    labels = _made().one("movers-namespace").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"


def test_no_pod_there_has_a_network():
    spec = _made().one("movers-network-policy").inputs["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert not spec["podSelector"]
    assert not spec.get("ingress")
    assert not spec.get("egress")


def test_no_pod_there_gets_a_token_unasked():
    account = _made().one("movers-account")
    assert account.inputs["metadata"]["name"] == "default"
    assert account.inputs["automountServiceAccountToken"] is False


def test_what_kubernetes_would_make_anew_goes_with_its_namespace():
    retained = {item.name for item in _made().resources if item.retained}
    assert retained == {"movers-account"}


def test_the_one_secret_is_filled_before_a_mover_can_need_it():
    secret = _made().one("movers-secret").inputs
    assert secret["metadata"]["name"] == secret["spec"]["target"]["name"] == SYSTEM_SECRET
    assert secret["metadata"]["annotations"][WAIT_FOR] == READY
    assert secret["spec"]["secretStoreRef"]["name"] == "vault"


def test_its_share_of_the_storage_is_bounded_where_the_stack_says_so():
    assert _made().of_kind("ResourceQuota") == []
    quota = _made(**{"requests.storage": "2Ti"}).one("movers-quota").inputs
    assert quota["spec"] == {"hard": {"requests.storage": "2Ti"}}
