from dataclasses import replace

import pytest

from components.pvc_plumber import PvcPlumber, PvcPlumberArgs
from contract import admission
from contract.answer import LIVEZ, PORT, READYZ, SERVICE, SERVICE_PORT
from contract.environment import PlumberSettings
from contract.ledger import SHARD_NAMES
from contract.repository import PIN_CONFIG_MAP, PIN_MOUNT
from contract.scope import KYVERNO_NAMESPACE, VOLSYNC_NAMESPACE
from manifests.params import PolicyParams
from manifests.webhook import configuration
from tests.unit.components.fixtures import EXPORT, IMAGE, MONITORED, UNMONITORED, built

ARGS = PvcPlumberArgs(image=IMAGE, replicas=2, export=EXPORT, monitoring=UNMONITORED)
DEPLOYMENT = "pvc-plumber-deployment"


def _made(args=ARGS):
    return built(lambda opts: PvcPlumber("pvc-plumber", args, opts))


def _container(made):
    (container,) = made.pods()[DEPLOYMENT]["containers"]
    return container


def test_the_policies_address_leads_to_its_pods():
    made = _made()
    metadata = made.one("pvc-plumber-service").inputs["metadata"]
    assert (metadata["name"], metadata["namespace"]) == (SERVICE, VOLSYNC_NAMESPACE)
    (port,) = made.one("pvc-plumber-service").inputs["spec"]["ports"]
    assert port["port"] == SERVICE_PORT
    service = f"{SERVICE}.{VOLSYNC_NAMESPACE}.svc"
    assert PolicyParams().plumber_url == f"http://{service}.cluster.local."
    own = {item["name"]: item["containerPort"] for item in _container(made)["ports"]}
    assert own[port["targetPort"]] == PORT


def test_the_webhooks_address_leads_to_its_pods():
    made = _made()
    service = made.one("pvc-plumber-admission-service").inputs
    (port,) = service["spec"]["ports"]
    client = configuration(PolicyParams())["webhooks"][0]["clientConfig"]["service"]
    place = {"name": service["metadata"]["name"], "namespace": service["metadata"]["namespace"]}
    assert client == {**place, "port": port["port"], "path": admission.PATH}
    own = {item["name"]: item["containerPort"] for item in _container(made)["ports"]}
    assert own[port["targetPort"]] == admission.PORT
    assert service["spec"]["selector"] == {"app.kubernetes.io/name": SERVICE}


def test_it_writes_only_to_a_volume_of_its_own():
    made = _made()
    container = _container(made)
    settings = PlumberSettings.from_environment({v["name"]: v["value"] for v in container["env"]})
    writable = [m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")]
    assert writable == [str(settings.state)]


def test_it_never_writes_to_the_repository():
    pod = _made().pods()[DEPLOYMENT]
    nfs = next(volume["nfs"] for volume in pod["volumes"] if "nfs" in volume)
    assert nfs["readOnly"] is True


def test_it_runs_without_a_pin_and_sees_one_as_soon_as_it_is_there():
    made = _made()
    volume = next(v for v in made.pods()[DEPLOYMENT]["volumes"] if "configMap" in v)
    assert volume["configMap"] == {"name": PIN_CONFIG_MAP, "optional": True}
    mount = next(m for m in _container(made)["volumeMounts"] if m["name"] == volume["name"])
    assert mount["mountPath"] == PIN_MOUNT
    assert "subPath" not in mount  # such a mount never changes while the pod lives


def test_the_probes_are_its_own_words():
    container = _container(_made())
    assert container["livenessProbe"]["httpGet"]["path"] == LIVEZ
    assert container["readinessProbe"]["httpGet"]["path"] == READYZ


@pytest.mark.parametrize(
    ("monitoring", "expected"),
    [(UNMONITORED, [KYVERNO_NAMESPACE]), (MONITORED, [KYVERNO_NAMESPACE, "monitoring"])],
)
def test_only_kyverno_and_prometheus_reach_it(monitoring, expected):
    spec = _made(replace(ARGS, monitoring=monitoring)).one("pvc-plumber-network-policy").inputs
    rule, everybody = spec["spec"]["ingress"]
    names = [next(iter(p["namespaceSelector"]["matchLabels"].values())) for p in rule["from"]]
    assert names == expected
    assert everybody == {"ports": [{"port": "webhook", "protocol": "TCP"}]}


def _rules(made, name):
    return [
        (tuple(rule["resources"]), tuple(rule.get("resourceNames", ())), tuple(rule["verbs"]))
        for rule in made.one(name).inputs["rules"]
    ]


def test_it_may_keep_the_ledger_and_nothing_else():
    names = (PIN_CONFIG_MAP, *SHARD_NAMES)
    assert _rules(_made(), "pvc-plumber-role") == [
        (("configmaps",), (), ("list", "create")),
        (("configmaps",), names, ("get", "patch")),
    ]


def test_it_hears_of_backups_everywhere_and_reads_no_secret():
    rules = _rules(_made(), "pvc-plumber-cluster-role")
    assert rules == [
        (("replicationsources",), (), ("list", "watch")),
        (("validatingwebhookconfigurations",), (admission.CONFIGURATION,), ("get", "patch")),
    ]


def test_its_pods_use_its_own_account():
    pod = _made().pods()[DEPLOYMENT]
    assert pod["serviceAccountName"] == SERVICE
    assert pod["automountServiceAccountToken"] is True


def test_a_rollout_and_a_drain_leave_one_that_answers():
    made = _made()
    strategy = made.one(DEPLOYMENT).inputs["spec"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    budget = made.one("pvc-plumber-disruption-budget").inputs["spec"]
    assert budget["maxUnavailable"] == 1
    (spread,) = made.pods()[DEPLOYMENT]["topologySpreadConstraints"]
    assert (spread["topologyKey"], spread["maxSkew"]) == ("kubernetes.io/hostname", 1)


def test_it_counts_as_there_only_when_it_answers():
    assert DEPLOYMENT in _made().needs("pvc-plumber-service")
