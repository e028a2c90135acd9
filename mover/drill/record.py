"""Stores what drills have proven in a ConfigMap: the text format, and safe concurrent changes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from contract.names import Claim
from contract.scope import RESTORE_PROOF
from contract.times import SKEW, parse_lenient, parse_strict, time_text
from kube.api import Api
from kube.config_map import ConflictError, Data, Patch, update
from mover.drill.rounds import Outcome, Proof, Record, Trial

# Beside it the ConfigMap has one key: the id of the repository whose proofs these are.
LAST = "lastDrill"
ENDED, PROBLEM = "ended", "problem"
NAMESPACE, PVC = "namespace", "pvc"
TEXT_LIMIT = 900_000  # characters; a ConfigMap may hold 1 MiB. A PVC takes about 300
REASON_LIMIT = 300
SINCE = "since"
TIMES = (SINCE, "tried", "proven")
LAST_TRIAL = "last"  # of a proof; in a line its fields stand beside the others

Change = Callable[[Record], Record]


class RecordError(Exception):
    """The record cannot be believed, or cannot be written; the text says why."""


def read(data: Data, repository: str, now: datetime) -> Record:
    """The record of one repository. Raises RecordError for anything but whole lines.

    A time that lies ahead of `now` is left out: nothing may wait until it has come.
    """
    try:
        last = json.loads(data.get(LAST) or "{}")
        proofs = dict(_parsed(line, now) for line in data.get(repository, "").splitlines())
        ended = parse_lenient(last.get(ENDED))
        return Record(
            proofs=proofs,
            ended=None if ended and ended > now + SKEW else ended,
            problem=str(last.get(PROBLEM, "")),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise RecordError(f"the record of proofs is damaged: ConfigMap {RESTORE_PROOF}") from None


def written(record: Record, repository: str, former: Data) -> dict[str, str | None]:
    """A merge patch of `data`. Raises RecordError where it would not fit.

    Proofs of another repository say nothing of this one, so that they go.
    """
    last = {ENDED: time_text(record.ended) if record.ended else "", PROBLEM: record.problem}
    data: dict[str, str | None] = {LAST: json.dumps(last)}
    if not repository:  # it is not known yet which one it is
        return data
    data |= dict.fromkeys(set(former) - set(data))
    text = "\n".join(_line(claim, proof) for claim, proof in sorted(record.proofs.items()))
    if len(text) > TEXT_LIMIT:
        raise RecordError(f"the record of proofs is full: ConfigMap {RESTORE_PROOF}")
    return {**data, repository: text}


async def change(api: Api, namespace: str, repository: str, step: Change) -> Record:
    """Applies `step` to the stored record, and returns the record that was written."""
    record = Record()

    def patch(data: Data | None) -> Patch:
        nonlocal record
        if data is None:
            raise RecordError(f"ConfigMap {RESTORE_PROOF} is gone; `pulumi up --refresh` makes it")
        record = step(read(data, repository, api.clock()))
        return written(record, repository, data)

    try:
        await update(api, namespace, RESTORE_PROOF, patch)
    except ConflictError:
        raise RecordError(
            "the record of proofs could not be written: others write it too"
        ) from None
    return record


def _line(claim: Claim, proof: Proof) -> str:
    values: dict[str, Any] = {NAMESPACE: claim.namespace, PVC: claim.name}
    proof_values = asdict(proof)
    trial_values = proof_values.pop(LAST_TRIAL)
    for name, value in (proof_values | trial_values).items():
        if isinstance(value, datetime):
            values[name] = time_text(value)
        elif value:  # what has no value yet takes no space
            values[name] = value[:REASON_LIMIT] if isinstance(value, str) else value
    return json.dumps(values)


def _parsed(line: str, now: datetime) -> tuple[Claim, Proof]:
    values = json.loads(line)
    claim = Claim(values.pop(NAMESPACE), values.pop(PVC))
    times = {name: parse_strict(values.pop(name)) for name in TIMES if name in values}
    if SINCE in times:
        times[SINCE] = min(times[SINCE], now)
    values |= {name: time for name, time in times.items() if time <= now + SKEW}
    values["outcome"] = Outcome(values.get("outcome", ""))
    return claim, Proof(**_fields_of(Proof, values), last=Trial(**_fields_of(Trial, values)))


def _fields_of(kind: type[Proof | Trial], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of its fields. What a later version has added to them is left out."""
    names = {field.name for field in fields(kind)} - {LAST_TRIAL}
    return {name: values[name] for name in names if name in values}
