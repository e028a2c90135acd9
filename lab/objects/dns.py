"""Cluster DNS: CoreDNS as a pod behind the kube-dns Service, as in every cluster."""

from lab.node.network import DNS_SERVICE
from lab.objects.access import READ, account, rule

IMAGE = "registry.local/coredns:lab"
NAMESPACE = "kube-system"
LABELS = {"k8s-app": "kube-dns"}
# No upstream: the lab has no way out, and a name outside the cluster fails at once. That needs a
# block of its own, since in one block CoreDNS asks the template before it asks Kubernetes.
COREFILE = """cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
    errors
    health :8080
    ready :8181
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
    }
    cache 5
    reload
}
.:53 {
    errors
    template ANY ANY {
        rcode NXDOMAIN
    }
}
"""


def _container() -> dict:
    return {
        "name": "coredns",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [{"containerPort": 53, "name": "dns", "protocol": "UDP"}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 2},
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns", "readOnly": True}],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
            "readOnlyRootFilesystem": True,
        },
    }


def objects() -> list[dict]:
    """Everything CoreDNS needs."""
    meta = {"name": "coredns", "namespace": NAMESPACE}
    rules = [
        rule("", ["endpoints", "services", "pods", "namespaces"], READ),
        rule("discovery.k8s.io", ["endpointslices"], READ),
    ]
    pod = {
        "serviceAccountName": "coredns",
        "dnsPolicy": "Default",
        "containers": [_container()],
        "volumes": [{"name": "config", "configMap": {"name": "coredns"}}],
    }
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
    ]
    return [
        *account(NAMESPACE, "coredns", rules),
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"Corefile": COREFILE}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": meta,
            "spec": {
                "replicas": 1,
                "selector": {"matchLabels": LABELS},
                "template": {"metadata": {"labels": LABELS}, "spec": pod},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "kube-dns", "namespace": NAMESPACE},
            "spec": {"clusterIP": DNS_SERVICE, "selector": LABELS, "ports": ports},
        },
    ]
