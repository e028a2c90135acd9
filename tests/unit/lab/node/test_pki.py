import base64
import json
import subprocess

import pytest

from lab import paths
from lab.cluster import components
from lab.node import pki
from lab.node.pki import CERTIFICATES


@pytest.fixture
def issued(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "PKI", tmp_path)
    monkeypatch.setattr(pki, "TOKENS", tmp_path / "tokens.csv")
    monkeypatch.setattr(pki, "ADMIN_TOKEN", tmp_path / "admin.token")
    pki.issue()
    return tmp_path


def text_of(certificate):
    words = ["openssl", "x509", "-in", str(certificate), "-noout", "-text"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def test_every_certificate_is_signed_by_its_authority(issued):
    for certificate in CERTIFICATES:
        authority = ["-CAfile", str(issued / f"{certificate.authority}.crt")]
        words = ["openssl", "verify", *authority, str(issued / f"{certificate.name}.crt")]
        subprocess.run(words, check=True, capture_output=True)


def test_the_api_server_is_known_by_its_addresses(issued):
    text = text_of(issued / "apiserver.crt")
    assert "IP Address:172.30.0.2" in text
    assert "IP Address:10.96.0.1" in text
    assert "DNS:kubernetes.default.svc" in text


def test_kubelet_is_its_node_and_nothing_more(issued):
    assert "O = system:nodes, CN = system:node:lab-node" in text_of(issued / "kubelet.crt")


def test_issuing_again_keeps_every_key(issued):
    before = {path.name: path.read_bytes() for path in issued.iterdir()}
    pki.issue()
    assert {path.name: path.read_bytes() for path in issued.iterdir()} == before


def test_the_token_file_makes_the_admin_a_master(issued):
    token = (issued / "admin.token").read_text()
    assert (issued / "tokens.csv").read_text() == f'{token},admin,admin,"system:masters"\n'


def test_a_kubeconfig_trusts_only_our_authority(issued):
    config = json.loads(pki.by_certificate("scheduler"))
    cluster_part = config["clusters"][0]["cluster"]
    assert "insecure-skip-tls-verify" not in cluster_part
    authority = base64.b64decode(cluster_part["certificate-authority-data"])
    assert authority == (issued / "ca.crt").read_bytes()


def test_every_key_file_that_a_component_names_is_issued(issued):
    tools = dict.fromkeys(
        ("etcd", "kube-apiserver", "kube-controller-manager", "kubelet"), paths.BIN
    )
    commands = [
        *components.api_server(tools).command,
        *components.controller_manager(tools).command,
    ]
    prefix = f"{paths.INSIDE}/pki/"
    named = {word.split(prefix)[1] for word in commands if prefix in word}
    assert named
    assert named <= {path.name for path in issued.iterdir()}
