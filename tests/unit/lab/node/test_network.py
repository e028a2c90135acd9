import pytest

from lab.errors import LabError
from lab.node import network
from lab.node.network import LINK, MARK, conflict

DEFAULT = {"dst": "default", "dev": "eth0", "gateway": "10.0.0.1"}


def test_an_ordinary_machine_is_no_conflict():
    assert conflict([{"ifname": "eth0"}], [DEFAULT, {"dst": "10.0.0.0/8", "dev": "eth0"}]) == ""


def test_our_own_leftovers_are_no_conflict():
    links = [{"ifname": LINK, "ifalias": MARK}]
    assert conflict(links, [{"dst": "172.30.0.0/24", "dev": LINK}]) == ""


def test_an_interface_of_our_name_without_our_mark_is_refused():
    assert LINK in conflict([{"ifname": LINK}], [])


def test_another_lab_s_interface_is_refused_by_name():
    assert "pvc-backup-lab /elsewhere" in conflict(
        [{"ifname": LINK, "ifalias": "pvc-backup-lab /elsewhere"}], []
    )


def test_a_network_that_holds_ours_is_refused():
    assert "docker0" in conflict([], [{"dst": "172.30.0.0/16", "dev": "docker0"}])


def test_a_single_host_route_into_our_network_is_refused():
    assert "172.30.0.7" in conflict([], [{"dst": "172.30.0.7", "dev": "tun0"}])


def _vanishing(monkeypatch, *ours):
    monkeypatch.setattr(network, "LINK", "pvcnone0")  # there is none of this name
    answers = iter(ours)
    monkeypatch.setattr(network, "is_ours", lambda: next(answers))


def test_an_interface_that_went_with_its_other_end_needs_no_removal(monkeypatch):
    _vanishing(monkeypatch, True, False)
    network.remove()


def test_an_interface_that_cannot_be_removed_is_an_error(monkeypatch):
    _vanishing(monkeypatch, True, True)
    with pytest.raises(LabError, match="pvcnone0"):
        network.remove()
