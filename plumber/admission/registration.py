"""Registers the certificate of this process with the API server, and keeps it registered."""

import asyncio
import base64
import logging
import re
from typing import Any

from contract.admission import CONFIGURATION
from kube.api import CONFLICT, ApiError, Writes
from kube.resource import WEBHOOK_CONFIGURATION, Object

log = logging.getLogger(__name__)

PERIOD = 5.0  # seconds between two looks
RETRY = 0.5  # seconds after another replica has registered at the same time
# More than replicas and their successors in any roll-out; the oldest go first.
KEPT = 16

_PEM = re.compile(
    "-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL | re.ASCII
)


class Registration:
    """Keeps a certificate in the `caBundle` of pvc-plumber's webhooks."""

    def __init__(self, api: Writes, text: str) -> None:
        self._api, self._text = api, text
        self._trouble = ""

    async def run(self) -> None:
        """Never ends."""
        while True:
            await asyncio.sleep(await self.step())

    async def step(self) -> float:
        """Registers it where it is missing; returns the seconds until the next look."""
        try:
            trouble = await self._register()
        except ApiError as error:
            if error.code == CONFLICT:
                return RETRY
            trouble = str(error)
        if trouble and trouble != self._trouble:
            log.warning("the webhook is not registered", extra={"reason": trouble})
        self._trouble = trouble
        return PERIOD

    async def _register(self) -> str:
        live = await self._api.get(WEBHOOK_CONFIGURATION, "", CONFIGURATION)
        if live is None:
            return f"there is no {WEBHOOK_CONFIGURATION} {CONFIGURATION}; pulumi up makes it"
        webhooks = [_trusting(webhook, self._text) for webhook in live.get("webhooks") or ()]
        if webhooks == live.get("webhooks"):
            return ""
        body = {
            "metadata": {"resourceVersion": live["metadata"]["resourceVersion"]},
            "webhooks": webhooks,
        }
        await self._api.patch(WEBHOOK_CONFIGURATION, "", CONFIGURATION, body)
        log.info("the webhook trusts this process")
        return ""


def _trusting(webhook: Object, text: str) -> dict[str, Any]:
    client = webhook["clientConfig"]
    return {**webhook, "clientConfig": {**client, "caBundle": bundle(client.get("caBundle"), text)}}


def bundle(before: str | None, text: str) -> str:
    """A `caBundle` (PEM in base64) with this certificate: as before, or behind the newest others.

    What is no certificate is left out.
    """
    try:
        known = _PEM.findall(base64.b64decode(before or "").decode("ascii"))
    except ValueError:
        known = []
    if text not in known:
        known = [*known[-(KEPT - 1) :], text]
    return base64.b64encode("".join(known).encode()).decode()
