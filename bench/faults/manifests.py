"""What the modelled kopia says of its manifests, where somebody has written some by hand."""

from collections.abc import Mapping
from random import Random
from typing import Any

from bench.faults.history import CLAIMS
from bench.faults.model import Backup, Fault
from contract.names import Identity, identity

ELSEWHERE = identity(CLAIMS[-1])
FORGED_PATH = "/forged"
LATEST = "2026-05-01T12:00:00Z"  # later than all that was backed up before the story


class Manifests:
    """Texts and labels of these backups under the faults, each of which hits one of them."""

    def __init__(self, faults: Mapping[Fault, int], backups: list[Backup]) -> None:
        self._faults, self._backups = faults, backups

    def texts(self) -> list[dict[str, Any]]:
        """As `snapshot list` prints them."""
        texts = {backup.snapshot.id: backup.manifest() for backup in self._backups}
        if negative := self._hit(Fault.MANIFEST_NEGATIVE):
            texts[negative]["rootEntry"]["summ"]["files"] = -1
        if unreadable := self._hit(Fault.MANIFEST_UNREADABLE):
            del texts[unreadable]
        return [*texts.values(), *(text for text, _ in self._forged())]

    def entries(self) -> list[dict[str, Any]]:
        """As `manifest list` prints them."""
        labels = {backup.snapshot.id: _labels(backup.snapshot.identity) for backup in self._backups}
        if relabelled := self._hit(Fault.MANIFEST_RELABELLED):
            labels[relabelled] = _labels(ELSEWHERE) | {"path": FORGED_PATH}
        labels |= {text["id"]: forged for text, forged in self._forged()}
        return [{"id": number, "labels": of} for number, of in labels.items()]

    def remarks(self) -> list[str]:
        """What is logged beside the list."""
        unreadable = self._hit(Fault.MANIFEST_UNREADABLE)
        about = f"unable to parse snapshot manifest {unreadable}: unable to find manifest entries"
        return [f'{about}: unable to unmarshal "{unreadable}": json'] if unreadable else []

    def _hit(self, fault: Fault) -> str:
        if fault not in self._faults or not self._backups:
            return ""
        return self._backups[self._faults[fault] % len(self._backups)].snapshot.id

    def _forged(self) -> list[tuple[dict[str, Any], dict[str, str]]]:
        if Fault.MANIFEST_FORGED not in self._faults or not self._backups:
            return []
        random = Random(self._faults[Fault.MANIFEST_FORGED])  # noqa: S311 - repeatable
        text = random.choice(self._backups).manifest()
        text |= {"id": f"{random.getrandbits(128):032x}", "startTime": LATEST, "endTime": LATEST}
        return [(text, _labels(ELSEWHERE) | {"path": FORGED_PATH})]


def _labels(source: Identity) -> dict[str, str]:
    user, host, path = source.user, source.host, source.path
    return {"type": "snapshot", "username": user, "hostname": host, "path": path}
