"""What a mover's Job does: reads its order, leaves root, makes one backup or one restore."""

import os
from collections.abc import Mapping
from pathlib import Path

from contract.environment import SettingsError
from kopia.failure import KopiaError, PasswordError, RepositoryError
from mover.job import backup, capabilities, restore, session, task
from mover.job.task import Task
from mover.result import Result

STATUS = Path("/proc/self/status")
ROOT = 0


def carry_out(environ: Mapping[str, str]) -> Result:
    """Does what the environment orders. Whatever goes wrong becomes a result."""
    try:
        order = task.read(environ)
        if os.geteuid() == ROOT:
            capabilities.become_user(_kept(order))
    except SettingsError as error:
        return Result(reason=f"settings: {error}")
    except OSError as error:
        return Result(reason=f"root cannot be left: {error.strerror}")
    return perform(order)


def perform(order: Task) -> Result:
    """Carries an order out. Whatever goes wrong becomes a result that proves nothing."""
    client = session.kopia(Path(order.state), "mover", order.deadline, Path(order.secret))
    blamed = False
    try:
        privileged = capabilities.holds(_kept(order), STATUS.read_text())
        if order.backup:
            return backup.run(order, order.backup, client, privileged=privileged)
        return restore.run(order, client, privileged=privileged)
    except RepositoryError as error:
        # The password comes from the PVC's own Secret.
        reason, blamed = error.reason, not isinstance(error, PasswordError)
    except KopiaError as error:
        reason = error.reason
    except OSError as error:
        reason = f"{error.strerror}: {error.filename}"
    return Result(
        reason=reason,
        repository=order.repository_id,
        snapshot=order.snapshot,
        repository_failed=blamed
        or not session.answers(Path(order.repository), order.repository_id),
    )


def _kept(order: Task) -> tuple[str, ...]:
    return capabilities.READ if order.backup else capabilities.WRITE
