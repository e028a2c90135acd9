"""The API server trusts each living process of pvc-plumber, whoever registered before."""

import asyncio
import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import admission
from kube.api import CONFLICT, ApiError
from kube.resource import WEBHOOK_CONFIGURATION, Object
from plumber.admission.registration import KEPT, PERIOD, RETRY, Registration, bundle

HEAD, END = "-----BEGIN CERTIFICATE-----\n", "\n-----END CERTIFICATE-----\n"
TEXTS = st.integers(0, 99).map(lambda number: f"{HEAD}{number}{END}")


def _texts(bundled: str) -> list[str]:
    text = base64.b64decode(bundled).decode()
    return [f"{HEAD}{part.removeprefix(HEAD)}{END}" for part in text.split(END) if part]


@given(earlier=st.lists(TEXTS, max_size=40), own=TEXTS)
def test_the_own_certificate_is_in_and_the_newest_others_stay(earlier, own):
    bundled: str | None = None
    for text in [*earlier, own]:
        bundled = bundle(bundled, text)
    texts = _texts(bundled or "")
    assert own in texts
    assert len(texts) == len(set(texts)) <= KEPT
    assert bundle(bundled, own) == bundled


@pytest.mark.parametrize("spoilt", ["", "!", base64.b64encode(b"\xff").decode(), "bm9uZQ=="])
def test_a_spoilt_bundle_is_replaced(spoilt):
    assert _texts(bundle(spoilt, f"{HEAD}1{END}")) == [f"{HEAD}1{END}"]


class OneConfiguration:
    """An API server with one webhook configuration."""

    def __init__(self, live: Object | None) -> None:
        self.live, self.patches, self.refusal = live, 0, 0

    async def get(self, kind: str, namespace: str, name: str) -> Object | None:
        assert (kind, namespace, name) == (WEBHOOK_CONFIGURATION, "", admission.CONFIGURATION)
        return self.live

    async def patch(self, kind: str, namespace: str, name: str, body: Any) -> Object:
        if self.refusal:
            raise ApiError("refused", self.refusal)
        assert self.live
        assert body["metadata"]["resourceVersion"] == "7"
        self.live, self.patches = {**self.live, "webhooks": body["webhooks"]}, self.patches + 1
        return self.live

    async def find(
        self, kind: str, namespace: str, selector: str, fields: str = ""
    ) -> list[Object]:
        raise NotImplementedError

    async def create(self, manifest: Any, *, dry_run: bool = False) -> Object:
        raise NotImplementedError


def _live() -> Object:
    webhook = {"name": "w", "failurePolicy": "Fail", "clientConfig": {"service": {"name": "s"}}}
    return {"metadata": {"resourceVersion": "7"}, "webhooks": [webhook]}


def _step(api: OneConfiguration, text: str = f"{HEAD}1{END}") -> float:
    return asyncio.run(Registration(api, text).step())


def test_it_registers_once_and_changes_nothing_else():
    api = OneConfiguration(_live())
    assert _step(api) == PERIOD
    assert _step(api) == PERIOD
    assert api.patches == 1
    webhook = (api.live or {})["webhooks"][0]
    assert _texts(webhook["clientConfig"].pop("caBundle")) == [f"{HEAD}1{END}"]
    assert webhook == _live()["webhooks"][0]


def test_two_replicas_are_both_trusted():
    api = OneConfiguration(_live())
    _step(api)
    _step(api, f"{HEAD}2{END}")
    bundled = (api.live or {})["webhooks"][0]["clientConfig"]["caBundle"]
    assert _texts(bundled) == [f"{HEAD}1{END}", f"{HEAD}2{END}"]


def test_it_tries_again_soon_where_another_wrote_first_and_later_after_any_other_failure():
    api = OneConfiguration(_live())
    api.refusal = CONFLICT
    assert _step(api) == RETRY
    api.refusal = 403
    assert _step(api) == PERIOD
    assert _step(OneConfiguration(None)) == PERIOD
