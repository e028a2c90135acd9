"""Paths to the PVC templates within other kinds; `[]` stands for each element of a list.

A new operator is one more line below, or the setting `operators` of a pack's user. Source: the API
types of prometheus-operator (tests/integration/cli/test_ways.py walks its kinds),
elastic/cloud-on-k8s, Altinity/clickhouse-operator and rabbitmq/cluster-operator on GitHub.
"""

from collections.abc import Mapping

Kind = tuple[str, str]  # API group and kind

TEMPLATES: Mapping[Kind, tuple[str, ...]] = {
    ("apps", "StatefulSet"): ("spec.volumeClaimTemplates[]",),
    ("monitoring.coreos.com", "Alertmanager"): ("spec.storage.volumeClaimTemplate",),
    ("monitoring.coreos.com", "Prometheus"): ("spec.storage.volumeClaimTemplate",),
    ("monitoring.coreos.com", "PrometheusAgent"): ("spec.storage.volumeClaimTemplate",),
    ("monitoring.coreos.com", "ThanosRuler"): ("spec.storage.volumeClaimTemplate",),
    ("elasticsearch.k8s.elastic.co", "Elasticsearch"): ("spec.nodeSets[].volumeClaimTemplates[]",),
    ("clickhouse.altinity.com", "ClickHouseInstallation"): (
        "spec.templates.volumeClaimTemplates[]",
    ),
    ("rabbitmq.com", "RabbitmqCluster"): ("spec.override.statefulSet.spec.volumeClaimTemplates[]",),
}

_IN_TEMPLATE = "spec.template.spec"
POD_SPECS: Mapping[Kind, str] = {
    ("", "Pod"): "spec",
    ("", "ReplicationController"): _IN_TEMPLATE,
    ("apps", "DaemonSet"): _IN_TEMPLATE,
    ("apps", "Deployment"): _IN_TEMPLATE,
    ("apps", "ReplicaSet"): _IN_TEMPLATE,
    ("apps", "StatefulSet"): _IN_TEMPLATE,
    ("batch", "CronJob"): "spec.jobTemplate.spec.template.spec",
    ("batch", "Job"): _IN_TEMPLATE,
}
EPHEMERAL = "volumes[].ephemeral.volumeClaimTemplate"
