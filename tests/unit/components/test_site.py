from components.network import ApiServer
from components.priority import CRITICAL
from components.site import Site
from contract.pods import OwnPods
from stack import arguments
from stack.settings import Settings
from tests.unit.stack.stacks import minimal


def test_every_part_is_told_the_same_of_the_cluster():
    section = {"apiServer": {"addresses": ["192.0.2.10/32"], "ports": [16443]}}
    settings = Settings.model_validate(minimal(cluster=section))
    parts = (
        arguments.volsync,
        arguments.repository,
        arguments.restore_proof,
        arguments.mover,
        arguments.pvc_plumber,
        arguments.audit,
        arguments.kopia_ui,
    )
    site = Site(pods=OwnPods(), api_server=ApiServer(addresses=("192.0.2.10/32",), ports=(16443,)))
    assert {part.__name__: part(settings).site for part in parts} == {
        part.__name__: site for part in parts
    }


def test_pods_that_pvcs_wait_for_have_the_priority_that_the_stack_makes_or_names():
    assert Site().critical == CRITICAL
    assert Site(pods=OwnPods(priority_class="platform")).critical == "platform"
