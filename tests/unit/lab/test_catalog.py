import itertools

import pytest

from contract import scope
from lab.cluster import secretstore
from lab.faults import deployment
from lab.faults.catalog import ALL, EXPORT, FAULTS
from lab.node import nfs


def test_each_fault_is_called_by_its_own_name():
    assert len({fault.title for fault in FAULTS.values()}) == len(FAULTS)
    assert [fault.name for fault in FAULTS.values()] == list(FAULTS)


def test_every_deployment_that_admission_or_data_depend_on_can_be_gone():
    touched = {name for fault in FAULTS.values() for name in fault.touches}
    wanted = {*scope.KYVERNO_DEPLOYMENTS, scope.MOVER, scope.VOLSYNC_DEPLOYMENT}
    assert {*wanted, deployment.PLUMBER.name} <= touched


def test_the_controllers_of_kyverno_are_not_mixed_up():
    names = (deployment.ADMISSION.name, deployment.BACKGROUND.name, deployment.CLEANUP.name)
    assert ["admission" in names[0], "background" in names[1], "cleanup" in names[2]] == [True] * 3


@pytest.mark.parametrize("name", FAULTS)
def test_no_fault_goes_with_itself(name):
    assert not FAULTS[name].goes_with(FAULTS[name])


def test_what_needs_the_export_has_it_for_itself():
    needing = [name for name, fault in FAULTS.items() if EXPORT in fault.touches]
    assert nfs.NAME not in needing
    assert {"nfs-gone", "repository-swapped", "plumber-one"} <= set(needing)
    for name, other in itertools.permutations(needing, 2):
        assert not FAULTS[name].goes_with(FAULTS[other])


def test_nothing_is_done_while_the_api_server_is_away():
    assert FAULTS["api-server"].touches == {ALL}
    assert not any(FAULTS["api-server"].goes_with(fault) for fault in FAULTS.values())


def test_faults_of_different_parts_meet():
    assert FAULTS["mover"].goes_with(FAULTS["nfs-gone"])
    assert FAULTS["kyverno-admission"].goes_with(FAULTS["kyverno-background"])


def test_the_programs_that_are_killed_are_the_lab_s():
    assert secretstore.connect().name == "onepassword-connect"
    assert nfs.ganesha().name == nfs.NAME
