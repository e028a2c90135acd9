"""The configuration files of what runs on the node, as text. Paths in them are the node's own."""

import json

from lab import paths
from lab.clock import container
from lab.images.root import PYTHON
from lab.node import cgroups, namespaces, network

CONTAINERD_SOCKET = paths.STATE / "containerd" / "containerd.sock"
KUBELET_ROOT = paths.STATE / "kubelet"
EXPORT = "/export"  # the NFS path that clients name
NFS_EXPORT = paths.STATE / "nfs" / "export"
RESOLVER = f"search svc.cluster.local cluster.local\nnameserver {network.DNS_SERVICE}\n"
# Pods with dnsPolicy Default inherit this file, and CoreDNS must not be its own upstream.
NO_RESOLVER = paths.CONFIG / "resolv.conf"


RUNC = paths.CONFIG / "runc"
CONTAINER_CHANGE = paths.STATE / "container-change.json"


def containerd() -> str:
    root = f"{paths.INSIDE}/containerd"
    return f"""version = 2
root = "{root}/root"
state = "{root}/state"
oom_score = 0
[grpc]
  address = "{root}/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "{root}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.local/pause:1"
  disable_apparmor = true
  # A container may run without CAP_SYS_RESOURCE on the host: never lower a score then.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{paths.INSIDE}/config/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        BinaryName = "{paths.inside(RUNC)}"
"""


def runc() -> str:
    """runc; before it, what changes containers while a fault wants them changed."""
    change = paths.inside(CONTAINER_CHANGE)
    return f"""#!/bin/sh
[ ! -e {change} ] || {PYTHON} {container.__file__} {change} "$@" || exit 1
exec runc "$@"
"""


def cni() -> str:
    ipam = {
        "type": "host-local",
        "dataDir": f"{paths.INSIDE}/cni",
        "ranges": [[{"subnet": network.PODS}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "ipMasq": True,
        "hairpinMode": True,
        "ipam": ipam,
    }
    portmap = {"type": "portmap", "capabilities": {"portMappings": True}}
    plugins = [bridge, portmap, {"type": "loopback"}]
    return json.dumps({"cniVersion": "1.0.0", "name": "lab", "plugins": plugins})


def kubelet() -> str:
    return json.dumps(
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": f"{paths.INSIDE}/pki/ca.crt"},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": f"{paths.INSIDE}/pki/kubelet.crt",
            "tlsPrivateKeyFile": f"{paths.INSIDE}/pki/kubelet.key",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{cgroups.NAME}",
            "failCgroupV1": False,
            "containerRuntimeEndpoint": f"unix://{paths.inside(CONTAINERD_SOCKET)}",
            "clusterDNS": [network.DNS_SERVICE],
            "clusterDomain": "cluster.local",
            "resolvConf": paths.inside(NO_RESOLVER),
            "failSwapOn": False,
            "maxPods": 240,  # of the 253 addresses; a hundred applications need more than 110
            "oomScoreAdj": 0,
            # The disk is the host's: its fill level is not the lab's business.
            "imageGCHighThresholdPercent": 100,
            "evictionHard": {"memory.available": "50Mi"},
            "volumePluginDir": f"{paths.INSIDE}/kubelet/volume-plugins",
            "shutdownGracePeriod": "0s",
        },
        indent=1,
    )


def kube_proxy() -> str:
    return json.dumps(
        {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "nftables",
            "clientConnection": {"kubeconfig": f"{paths.INSIDE}/config/kube-proxy.kubeconfig"},
            "clusterCIDR": network.PODS,
            "hostnameOverride": namespaces.NAME,
            "oomScoreAdj": 0,
            # The conntrack limits are the host's; a network namespace may not change them.
            "conntrack": {"maxPerCore": 0, "min": 0},
        },
        indent=1,
    )


def ganesha() -> str:
    """NFS 3 and 4 in user space; root stays root, as movers hand files to their owner."""
    return f"""NFS_CORE_PARAM {{
  Protocols = 3,4; Bind_addr = 0.0.0.0; NFS_Port = 2049; MNT_Port = 20048;
  mount_path_pseudo = true; Enable_NLM = false; Enable_RQUOTA = false; Enable_UDP = false;
  fsid_device = true;
}}
NFS_KRB5 {{ Active_krb5 = false; }}
NFSv4 {{
  Graceless = true; RecoveryBackend = fs; RecoveryRoot = {paths.INSIDE}/nfs/recovery;
  Only_Numeric_Owners = true; DomainName = lab.local;
}}
EXPORT {{
  Export_Id = 1; Path = {paths.inside(NFS_EXPORT)}; Pseudo = {EXPORT};
  Access_Type = RW; Squash = No_Root_Squash; SecType = sys; Protocols = 3,4;
  FSAL {{ Name = VFS; }}
}}
"""


def hosts() -> str:
    """The node's names."""
    return f"127.0.0.1 localhost\n{network.NODE} {namespaces.NAME}.lab.local {namespaces.NAME}\n"


def idmap() -> str:
    """A domain for NFS 4: without one, ganesha waits 10 s for a DNS that is not there yet."""
    return "[General]\nDomain = lab.local\n"
