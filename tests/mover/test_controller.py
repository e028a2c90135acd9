import asyncio

from mover import model
from mover.controller import kopf_settings, owner_keys, watch
from mover.queue import Key, Queue

REF = {"kind": model.REPLICATION_DESTINATION, "name": "rd", "uid": "u", "controller": True}


def test_a_temporary_leads_to_its_owner() -> None:
    assert owner_keys({"namespace": "media", "ownerReferences": [REF]}) == [
        Key(model.REPLICATION_DESTINATION, "media", "rd")
    ]


def test_other_owners_are_nobodys_business() -> None:
    assert owner_keys({"namespace": "media"}) == []
    assert owner_keys({"namespace": "media", "ownerReferences": [{**REF, "kind": "Job"}]}) == []
    assert (
        owner_keys({"namespace": "media", "ownerReferences": [{**REF, "controller": False}]}) == []
    )


def test_kopf_only_watches() -> None:
    async def handlers() -> list[object]:
        async def work(key: Key) -> float | None:
            return None

        registry = watch(Queue(work))
        # Anything beside event handlers would put finalizers and annotations on people's objects.
        assert list(registry._changing.get_all_handlers()) == []
        assert list(registry._spawning.get_all_handlers()) == []
        return list(registry._watching.get_all_handlers())

    assert len(asyncio.run(handlers())) == 5
    assert kopf_settings().posting.enabled is False
    assert kopf_settings().scanning.disabled is True
