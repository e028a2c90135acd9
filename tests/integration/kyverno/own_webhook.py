"""The product's own webhook, by TLS on loopback: only its address differs from the cluster's.

It judges in the namespaces that a test names; elsewhere it admits, since there the policies alone
are looked at.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from contract import admission
from contract.answer import Decision
from fakes import serving
from manifests import webhook
from manifests.params import PolicyParams
from plumber.admission.certificate import made
from plumber.admission.registration import bundle
from plumber.admission.review import response
from plumber.admission.service import create_app
from plumber.answer import Answer, Cause
from plumber.knowledge import Question
from plumber.metrics import Metrics
from tests.unit.plumber.conftest import SNAPSHOT

HOST = "localhost"


@dataclass
class OwnWebhook:
    """What pvc-plumber knows in a namespace, and the configuration in the cluster."""

    configuration: dict[str, Any] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)

    async def answer(self, question: Question) -> Answer:
        """The answer of pvc-plumber."""
        self.asked.append(question)
        decision = self.decisions[question.claim.namespace]
        is_restore = decision is Decision.RESTORE
        return Answer(
            decision=decision,
            cause=Cause.BACKUP,
            reason="as the test says",
            claim=question.claim,
            snapshot=SNAPSHOT if is_restore else None,
            start_empty=SNAPSHOT.id if is_restore else "",
        )


class _Selective:
    """ASGI: hands requests about the namespaces of a test to the product, and admits the others."""

    def __init__(self, own: OwnWebhook) -> None:
        self._own, self._judging = own, create_app(own.answer, Metrics())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()

        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        asked = json.loads(body)["request"]
        if asked["namespace"] in self._own.decisions:
            await self._judging(scope, replay, send)
        else:
            await JSONResponse(response(asked["uid"], ""))(scope, replay, send)


@contextmanager
def served(params: PolicyParams, folder: Path) -> Generator[OwnWebhook]:
    """The webhook runs; its configuration is what `configuration` holds, for the test to apply."""
    own, tls = OwnWebhook(), made(HOST, folder)
    with serving.served(_Selective(own), certificate=tls.certificate, key=tls.key) as port:
        own.configuration = webhook.configuration(params)
        own.configuration["webhooks"][0]["clientConfig"] = {
            "url": f"https://{HOST}:{port}{admission.PATH}",
            "caBundle": bundle(None, tls.text),
        }
        yield own
