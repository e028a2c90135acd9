import json
import tomllib

from lab.images.catalog import PAUSE
from lab.node import cgroups, network, nodeconfig
from lab.objects import dns


def test_pods_get_addresses_from_the_range_that_kube_proxy_knows():
    ranges = json.loads(nodeconfig.cni())["plugins"][0]["ipam"]["ranges"]
    assert ranges == [[{"subnet": json.loads(nodeconfig.kube_proxy())["clusterCIDR"]}]]


def test_kubelet_hands_out_the_address_of_the_dns_service():
    addresses = json.loads(nodeconfig.kubelet())["clusterDNS"]
    service = next(item for item in dns.objects() if item["kind"] == "Service")
    assert addresses == [service["spec"]["clusterIP"]] == [network.DNS_SERVICE]


def test_kubelet_refuses_strangers():
    config = json.loads(nodeconfig.kubelet())
    assert config["authentication"]["anonymous"] == {"enabled": False}
    assert config["authorization"] == {"mode": "Webhook"}


def test_pods_stay_in_our_branch_of_the_cgroups():
    assert json.loads(nodeconfig.kubelet())["cgroupRoot"] == f"/{cgroups.NAME}"


def test_containerd_starts_pods_with_the_pause_image_that_we_pack():
    plugins = tomllib.loads(nodeconfig.containerd())["plugins"]
    assert plugins["io.containerd.grpc.v1.cri"]["sandbox_image"] == PAUSE


def test_nfs_is_exported_under_the_path_that_clients_name():
    assert f"Pseudo = {nodeconfig.EXPORT};" in nodeconfig.ganesha()


def test_coredns_never_asks_itself():
    spec = next(item for item in dns.objects() if item["kind"] == "Deployment")["spec"]
    assert spec["template"]["spec"]["dnsPolicy"] == "Default"
    assert "forward" not in dns.COREFILE
