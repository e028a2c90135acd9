"""Whatever the pack can say, some input makes it say, and its nearest neighbour does not."""

from pathlib import Path

import policies
import pytest
from policies import RELEASE, STACK

from contract.labels import CNPG_CLUSTER, REASON
from contract.names import PVC_NAME_LIMIT
from contract.repository import KEY_PASSWORD
from tests.project.messages import of_code, stable
from tests.unit.policy_pack.inputs import CLAIM, UNKNOWN, claim, violations

PACK = Path(policies.__file__).parent
TIER = {"backup": "daily"}
FAST = {"snapshotCapable": ["fast"]}
SOURCE = "kubernetes:volsync.backube/v1alpha1:ReplicationSource"
SECRET = "kubernetes:external-secrets.io/v1:ExternalSecret"
DATABASE = "kubernetes:postgresql.cnpg.io/v1:Cluster"
POD = "kubernetes:core/v1:Pod"
CHART = {"chart": "x", "namespace": "apps"}


def on(storage_class):
    return {**claim(TIER), "spec": {"storageClassName": storage_class}}


def named(name, **spec):
    return {"metadata": {"name": name, "namespace": "apps"}, "spec": spec}


def passing_on(*labels):
    return named("db", inheritedMetadata={"labels": dict.fromkeys(labels, "daily")})


def pod(**labels):
    template = {"metadata": {"labels": labels}}
    return named("pod", volumes=[{"name": "x", "ephemeral": {"volumeClaimTemplate": template}}])


def fetching(key):
    return named("volsync-data", data=[{"secretKey": key}])


# By what is said: resource type, settings, inputs of which it is said, inputs of which it is not.
MESSAGES = {
    "has no label": (CLAIM, {}, claim(), claim(TIER)),
    "Set metadata.labels": (CLAIM, {}, claim(), claim(TIER)),
    "has a value that means nothing": (CLAIM, {}, claim({"backup": "weekly"}), claim(TIER)),
    "so it cannot be checked": (CLAIM, {}, claim({"backup": UNKNOWN}), claim(TIER)),
    "which is excluded from backup": (
        CLAIM,
        {},
        claim(TIER, namespace="kube-system"),
        claim(namespace="kube-system"),
    ),
    "from something else than its backup": (
        CLAIM,
        {},
        {**claim(TIER), "spec": {"dataSource": {"kind": "x"}}},
        claim(TIER),
    ),
    "what fills it is not known": (
        CLAIM,
        {},
        {**claim(TIER), "spec": {"dataSource": UNKNOWN}},
        claim(TIER),
    ),
    "which no backup can be restored into": (
        CLAIM,
        {},
        {**claim(TIER), "spec": {"volumeName": "x"}},
        claim(TIER),
    ),
    "without a reason": (
        CLAIM,
        {},
        claim({"backup": "none"}),
        claim({"backup": "none"}, annotations={REASON: "a cache"}),
    ),
    "Write the reason as plain text": (
        CLAIM,
        {},
        claim({"backup": "none"}, annotations={REASON: UNKNOWN}),
        claim({"backup": "none"}, annotations={REASON: "a cache"}),
    ),
    "can be restored. Shorten metadata.name": (
        CLAIM,
        {},
        claim(TIER, name="x" * (PVC_NAME_LIMIT + 1)),
        claim(TIER, name="x" * PVC_NAME_LIMIT),
    ),
    "has a random name": (
        CLAIM,
        {},
        claim(TIER, annotations={"pulumi.com/autonamed": "true"}),
        claim(TIER),
    ),
    "is deleted with its pod": (POD, {}, pod(backup="daily"), pod(backup="none")),
    "whose files cannot be copied": (
        CLAIM,
        {},
        claim({CNPG_CLUSTER: "db", **TIER}),
        claim({CNPG_CLUSTER: "db"}),
    ),
    "or is not known at preview. Remove the label": (
        DATABASE,
        {},
        passing_on("backup"),
        passing_on("team"),
    ),
    "cannot take snapshots": (CLAIM, FAST, on("slow"), on("fast")),
    "Set spec.storageClassName": (CLAIM, FAST, on("slow"), on("fast")),
    "its storage class is not known at preview": (CLAIM, FAST, on(UNKNOWN), on("fast")),
    "names no storage class": (CLAIM, FAST, on(None), on("fast")),
    "a refactoring of the program may delete it": (CLAIM, {}, claim(TIER), claim()),
    "while it is restored the update waits": (
        CLAIM,
        {},
        claim(TIER),
        claim(TIER, annotations={"pulumi.com/skipAwait": "true"}),
    ),
    "the backup label of its PVC": (SOURCE, {}, named("a-backup"), named("a-backup", restic={})),
    "the backup label of a PVC in its namespace": (
        SECRET,
        {},
        fetching(KEY_PASSWORD),
        fetching("RESTIC_PASSWORD"),
    ),
    "not by a program": (SOURCE, {}, named("a-backup"), named("a")),
    "the PVCs of its chart cannot be seen": (
        RELEASE,
        {},
        CHART,
        {**CHART, "namespace": "kyverno"},
    ),
    "Helm Release": (
        RELEASE,
        {"valuePaths": {"res": ["labels"]}},
        CHART,
        {**CHART, "values": {"labels": TIER}},
    ),
    "is no setting of this policy": (STACK, {"excludedNamespace": []}, {}, None),
    "not known yet": (CLAIM, {}, claim(name=UNKNOWN), claim()),
}


def _messages(resource_type, config, props):
    by_policy = (violations(policy, resource_type, props, **config) for policy in policies.ALL)
    return [message for messages in by_policy for message in messages]


@pytest.mark.parametrize("text", MESSAGES)
def test_it_is_said_of_what_is_wrong_and_not_of_its_neighbour(text):
    resource_type, config, wrong, right = MESSAGES[text]
    assert any(text in message for message in _messages(resource_type, config, wrong))
    if right is None:
        config, right = {}, wrong
    assert not any(text in message for message in _messages(resource_type, config, right))


def test_nothing_can_be_said_that_is_not_tried_here():
    spoken = {stable(text) for file in PACK.glob("*.py") for text in of_code(file)}
    assert len(spoken) > 20
    assert [text for text in spoken if not any(row in text for row in MESSAGES)] == []
    assert [row for row in MESSAGES if not any(row in text for text in spoken)] == []
