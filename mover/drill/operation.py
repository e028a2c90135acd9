"""Proves that a backup can be restored, one PVC at a time."""

import asyncio
import os
import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from contract import names
from contract.environment import RepositorySettings
from contract.names import Claim, Identity
from contract.repository import MAINTENANCE_HOST, SECRET_MOUNT
from contract.scope import RESTORE_PROOF
from contract.times import time_text
from kopia.command import Kopia
from kopia.failure import FullError, KopiaError, RepositoryError
from kopia.snapshots import Snapshot, newest_complete, whole_list
from kube.api import Api
from mover.bootstrap import expected_id, known_id
from mover.drill import record, rounds
from mover.drill.rounds import Outcome, Trial
from mover.job import file_tree, restore, session
from mover.job.task import Ordered, Task

READER = Identity(RESTORE_PROOF, MAINTENANCE_HOST)
SCRATCH = "data"  # where in the state folder the scratch volume is mounted, as for a mover
LOOK, RESTORE = "look", "restore"  # two kopias: what one has cached, the other reads again


async def run(
    api: Api, settings: RepositorySettings, secret: Path = Path(SECRET_MOUNT)
) -> tuple[Claim, Trial] | None:
    """One drill, and its record; None where no PVC has a complete snapshot yet."""
    expected = ""
    try:
        expected = expected_id(settings.unique_id, await known_id(api, settings.namespace))
        if not expected:
            raise KopiaError("the repository's unique id is not known yet: bootstrap must finish")
        return await _drill(api, settings, expected, secret)
    except (KopiaError, OSError) as error:
        problem = text(error)
        await record.change(
            api,
            settings.namespace,
            expected,
            lambda history: rounds.stopped(history, problem, api.clock()),
        )
        raise


async def _drill(
    api: Api, settings: RepositorySettings, expected: str, secret: Path
) -> tuple[Claim, Trial] | None:
    async def note(step: record.Change) -> rounds.Record:
        return await record.change(api, settings.namespace, expected, step)

    state = Path(settings.state)
    forget(state)
    reader = session.kopia(state, LOOK, settings.deadline, secret)
    newest = await asyncio.to_thread(look, reader, Path(settings.repository), expected)
    history = await note(lambda history: rounds.listed(history, newest, api.clock()))
    if not newest:
        await note(lambda history: rounds.stopped(history, "", api.clock()))
        return None
    claim = rounds.next_claim(history, newest)
    # Before anything can go wrong: a PVC whose drill gets killed must not be the next one again.
    await note(lambda history: rounds.begun(history, claim, api.clock()))
    restorer = session.kopia(state, RESTORE, settings.deadline, secret)
    ordered = Ordered(at=api.clock(), start_deadline=0)  # it has begun
    order = _order(settings, expected, ordered, claim)
    trial = await asyncio.to_thread(attempt, restorer, order, newest[claim])
    await note(lambda history: rounds.ended(history, claim, trial, api.clock()))
    return claim, trial


def forget(state: Path) -> None:
    """Removes what former drills have cached, so that no damage hides behind it."""
    for name in (LOOK, RESTORE):
        if (state / name).exists():
            shutil.rmtree(state / name)


def look(client: Kopia, repository: Path, expected: str) -> Mapping[Claim, Snapshot]:
    """The newest complete snapshot of each PVC. Whatever else the repository holds is left out."""
    with session.opening():
        session.open_pinned(client, repository, expected, READER, readonly=True)
        snapshots = whole_list(client).snapshots
    by_claim = defaultdict[Claim, list[Snapshot]](list)
    for snapshot in snapshots:
        claim = names.claim_of(snapshot.identity)
        if claim:
            by_claim[claim].append(snapshot)
    newest = {claim: newest_complete(of, names.identity(claim)) for claim, of in by_claim.items()}
    return {claim: snapshot for claim, snapshot in newest.items() if snapshot}


def attempt(client: Kopia, order: Task, newest: Snapshot) -> Trial:
    """Restores into the scratch volume as a mover does. Raises what is no fault of the backup."""
    data = Path(order.data)
    if not file_tree.is_new(data):
        raise KopiaError("the scratch volume is not empty")
    trial = Trial(outcome=Outcome.FAILED, snapshot=newest.id, time=time_text(newest.start))
    volume = os.statvfs(data)
    room = volume.f_bavail * volume.f_frsize
    if newest.bytes > room:
        reason = f"too large: it has {newest.bytes} bytes, and the scratch volume room for {room}"
        return replace(trial, outcome=Outcome.SKIPPED, reason=reason)
    try:
        result = restore.run(order, client, privileged=False)
    except RepositoryError:
        raise
    except FullError as error:
        return replace(trial, outcome=Outcome.SKIPPED, reason=f"too large: {error.reason}")
    except KopiaError as error:
        session.require_repository(Path(order.repository), order.repository_id)
        return replace(trial, reason=error.reason)
    if result.snapshot != newest.id and result.time <= trial.time:
        return replace(trial, reason=f"snapshot {result.snapshot} came back, not the newest one")
    return Trial(
        outcome=Outcome.GOOD if result.verified else Outcome.FAILED,
        snapshot=result.snapshot,
        time=result.time,
        files=result.files,
        bytes=result.bytes,
    )


def _order(settings: RepositorySettings, expected: str, ordered: Ordered, claim: Claim) -> Task:
    return Task(
        repository_id=expected,
        identity=names.identity(claim),
        deadline=settings.deadline,
        ordered=ordered,
        data=str(Path(settings.state) / SCRATCH),
        repository=settings.repository,
        state=settings.state,
    )


def text(error: KopiaError | OSError) -> str:
    """What went wrong, for the record and the log."""
    return error.reason if isinstance(error, KopiaError) else f"{error.strerror}: {error.filename}"


def summary(result: tuple[Claim, Trial] | None) -> str:
    """How a drill ended, for its log."""
    if result is None:
        return "no PVC has a complete snapshot yet"
    claim, trial = result
    what = f"{claim}, snapshot {trial.snapshot} of {trial.time}"
    if trial.outcome == Outcome.GOOD:
        return f"proven: {what}: {trial.files} files, {trial.bytes} bytes came back"
    return f"{trial.outcome}: {what}: {trial.reason}"
