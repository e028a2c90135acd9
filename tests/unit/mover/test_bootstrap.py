import asyncio
from pathlib import Path

import pytest

from contract.repository import PIN_CONFIG_MAP, PIN_KEY
from fakes.api_server import FakeApiServer
from kopia.command import KopiaError
from kube.resource import CONFIG_MAP
from mover import bootstrap
from mover.job import session

HOME = "volsync-system"
PLACE = (CONFIG_MAP, HOME, PIN_CONFIG_MAP)


@pytest.fixture
def world() -> FakeApiServer:
    made = FakeApiServer()
    del made.objects[PLACE]
    return made


def pin(world: FakeApiServer, unique: str) -> None:
    asyncio.run(bootstrap.pin(world, HOME, unique))


def test_stack_and_cluster_must_not_contradict() -> None:
    assert bootstrap.expected_id("", "") == ""
    assert bootstrap.expected_id("a", "") == bootstrap.expected_id("", "a") == "a"
    with pytest.raises(KopiaError, match="pins repository a"):
        bootstrap.expected_id("a", "b")


def test_the_id_is_written_once(world: FakeApiServer) -> None:
    pin(world, "a")
    assert world.objects[PLACE]["data"] == {PIN_KEY: "a"}
    pin(world, "a")
    with pytest.raises(KopiaError):
        pin(world, "b")
    assert world.objects[PLACE]["data"] == {PIN_KEY: "a"}


def test_an_empty_config_map_is_filled(world: FakeApiServer) -> None:
    world.put(CONFIG_MAP, {"metadata": {"name": PIN_CONFIG_MAP, "namespace": HOME}})
    pin(world, "a")
    assert world.objects[PLACE]["data"] == {PIN_KEY: "a"}


def test_a_pinned_id_is_never_created(tmp_path: Path) -> None:
    client = session.kopia(tmp_path / "state", "bootstrap", 5, tmp_path)
    (tmp_path / "export").mkdir()
    with pytest.raises(KopiaError, match="does not hold it"):
        bootstrap.open_or_create(client, tmp_path / "export", "a" * 64)
    assert list((tmp_path / "export").iterdir()) == []


def test_files_of_others_are_not_built_upon(tmp_path: Path) -> None:
    client = session.kopia(tmp_path / "state", "bootstrap", 5, tmp_path)
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "letter").touch()
    with pytest.raises(KopiaError, match="nothing was changed"):
        bootstrap.open_or_create(client, tmp_path / "export", "")
    assert [path.name for path in (tmp_path / "export").iterdir()] == ["letter"]
