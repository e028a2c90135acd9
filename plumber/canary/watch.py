"""Whether the Kyverno of this pod judges by every policy of ours that the cluster has."""

import asyncio
import logging
from typing import Protocol

import httpx2

from kube.api import ApiError, Reads
from plumber.canary.review import CANARIES, Canary

log = logging.getLogger(__name__)

PERIOD = 1.0  # seconds between two looks
TIMEOUT = 5.0  # seconds for one answer
NOT_ASKED = "Kyverno has not been asked yet"


class Asks(Protocol):
    """Asks Kyverno."""

    async def ask(self, canary: Canary) -> object:
        """The JSON of its answer. Raises OSError or httpx2.HTTPError without one."""


class Kyverno:
    """The Kyverno of this pod."""

    def __init__(self, url: str) -> None:
        # Its certificate is for its Service's name; what is asked leaves no pod.
        self._http = httpx2.AsyncClient(base_url=url, verify=False, timeout=TIMEOUT)

    async def ask(self, canary: Canary) -> object:
        response = await self._http.post(canary.path, json=canary.review())
        return response.json() if response.is_success else None


class Watch:
    """Looks again and again; `trouble` says why the Kyverno of this pod must not be asked."""

    def __init__(self, api: Reads, kyverno: Asks) -> None:
        self._api, self._kyverno = api, kyverno
        self._exist: dict[str, bool] = {}  # by the path of the webhook
        self.trouble = NOT_ASKED

    async def run(self) -> None:
        """Never ends."""
        while True:
            try:
                trouble = await self.look()
            except Exception:
                log.exception("kyverno could not be looked at")
                trouble = "the canary has an internal error; its log tells more"
            if trouble != self.trouble:
                log.info("kyverno looked at", extra={"reason": trouble or "it judges"})
            self.trouble = trouble
            await asyncio.sleep(PERIOD)

    async def look(self) -> str:
        """Why it must not be asked; "" where it judges by all policies that exist.

        While the API server cannot be read, the policies are those that it had last: all
        replicas at once must not become unready for that.
        """
        for canary in CANARIES:
            try:
                exists = await self._exists(canary)
                is_judged = not exists or canary.is_judged(await self._kyverno.ask(canary))
            except ApiError as error:
                return str(error)
            except (OSError, ValueError, httpx2.HTTPError) as error:
                return f"Kyverno does not answer ({type(error).__name__})"
            if not is_judged:
                return f"Kyverno does not judge by {canary.kind} {canary.policy} yet"
        return ""

    async def _exists(self, canary: Canary) -> bool:
        try:
            exists = await self._api.get(canary.kind, "", canary.policy) is not None
        except ApiError:
            if canary.path not in self._exist:
                raise
            return self._exist[canary.path]
        self._exist[canary.path] = exists
        return exists
