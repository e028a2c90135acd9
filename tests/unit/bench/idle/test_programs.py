from pathlib import Path

import pytest

from bench.idle.programs import USERS, Order, orders
from bench.repository import Built
from components.pvc_plumber import PlumberOptions
from contract.environment import Isolation, MoverSettings

# What depends on this machine, and not on a cluster: places, ports, and the image of no pod.
OF_THIS_MACHINE = ("STATE", "HOST", "PORT", "REPOSITORY", "FILE", "KOPIA", "IMAGE")
REPLICAS = PlumberOptions().replicas


@pytest.fixture
def wanted(tmp_path: Path) -> list[Order]:
    built = Built(path=tmp_path / "repository", unique_id="a", password_file=tmp_path / "password")
    return orders(built, tmp_path, REPLICAS, "kopia")


def test_each_program_runs_with_its_defaults(wanted: list[Order]):
    chosen = {name for order in wanted for name in order.settings.to_environment()}
    assert {name for name in chosen if not name.endswith(OF_THIS_MACHINE)} == set()


def test_movers_would_work_apart_as_they_do_by_default(wanted: list[Order]):
    (mover,) = (order.settings for order in wanted if order.module == "mover")
    assert isinstance(mover, MoverSettings)
    assert mover.isolation is Isolation.SYSTEM


def test_every_program_has_a_user_of_its_own_and_the_replicas_that_a_stack_gives_it(
    wanted: list[Order],
):
    modules = {(order.user, order.module) for order in wanted}
    assert {user for user, _ in modules} == set(USERS)
    assert len(modules) == len(USERS)
    assert [order.module for order in wanted].count("plumber") == REPLICAS


def test_no_two_processes_share_a_port(wanted: list[Order]):
    ports = [
        value
        for order in wanted
        for name, value in order.settings.to_environment().items()
        if name.endswith("PORT")
    ]
    assert len(ports) == 2 + 2 * REPLICAS + 1
    assert len(set(ports)) == len(ports)
