import asyncio
from collections.abc import Callable

import pytest

from fakes.api_server import FakeApiServer, refused
from kube.api import ApiError
from kube.config_map import ATTEMPTS, ConflictError, Data, Patch, update, write
from kube.resource import CONFIG_MAP, Object

PLACE = (CONFIG_MAP, "media", "x")


def put(world: FakeApiServer, **data: str) -> Object:
    return world.put(CONFIG_MAP, {"metadata": {"name": "x", "namespace": "media"}, "data": data})


def updated(world: FakeApiServer, change: Callable[[Data | None], Patch | None]) -> None:
    asyncio.run(update(world, "media", "x", change, {"a": "b"}))


def test_what_is_not_there_is_made_with_its_labels() -> None:
    world = FakeApiServer()
    updated(world, lambda data: {"k": "v"} if data is None else None)
    made = world.objects[PLACE]
    assert (made["data"], made["metadata"]["labels"]) == ({"k": "v"}, {"a": "b"})


def test_only_what_changes_is_touched() -> None:
    world = FakeApiServer()
    put(world, k="v", other="w", gone="g")
    updated(world, lambda data: {"k": "new", "gone": None})
    made = world.objects[PLACE]
    assert made["data"] == {"k": "new", "other": "w"}
    assert "labels" not in made["metadata"]


def test_a_map_without_data_is_no_missing_one() -> None:
    world = FakeApiServer()
    world.put(CONFIG_MAP, {"metadata": {"name": "x", "namespace": "media"}})
    updated(world, lambda data: {"is": str(data)})
    assert world.objects[PLACE]["data"] == {"is": "{}"}


def test_where_nothing_is_to_change_nothing_is_written() -> None:
    world = FakeApiServer()
    put(world, k="v")
    updated(world, lambda data: None)
    assert world.writes == 0


def test_another_s_change_in_between_is_seen_and_kept() -> None:
    world = FakeApiServer()
    put(world, count="1")
    others = iter(["5"])

    def change(data: Data | None) -> Patch:
        for count in others:
            world.change(*PLACE, {"data": {"count": count}})
        return {"count": str(int((data or {})["count"]) + 1)}

    updated(world, change)
    assert world.objects[PLACE]["data"] == {"count": "6"}


def test_another_who_makes_it_in_between_is_seen() -> None:
    world = FakeApiServer()

    def change(data: Data | None) -> Patch:
        if data is None:
            put(world, k="theirs")
        return {"mine": str(data)}

    updated(world, change)
    assert world.objects[PLACE]["data"] == {"k": "theirs", "mine": "{'k': 'theirs'}"}


def test_whoever_is_always_too_late_gives_up() -> None:
    world, looks = FakeApiServer(), []
    put(world)

    def change(data: Data | None) -> Patch:
        looks.append(data)
        world.change(*PLACE, {})
        return {"k": "v"}

    with pytest.raises(ConflictError):
        updated(world, change)
    assert len(looks) == ATTEMPTS


def test_any_other_refusal_is_told_and_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = FakeApiServer()

    async def forbidden(*_: object) -> Object:
        raise refused(403, "forbidden")

    config_map = put(world)
    monkeypatch.setattr(world, "patch", forbidden)
    with pytest.raises(ApiError, match="forbidden"):
        asyncio.run(write(world, "media", "x", config_map, {"k": "v"}))
