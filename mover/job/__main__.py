"""What a mover Job runs: `python -m mover.job backup|restore`. Its result is one JSON object."""

import os
import sys
from pathlib import Path

from contract.environment import SettingsError
from kopia.failure import KopiaError, RepositoryError
from mover.job import backup, capabilities, restore, session
from mover.result import Result, encode
from mover.settings import JobSettings, load_job

TERMINATION_LOG = Path("/dev/termination-log")
STATUS = Path("/proc/self/status")
ROOT = 0
BACKUP = "backup"
RESTORE = "restore"
KEPT = {BACKUP: capabilities.READ, RESTORE: capabilities.WRITE}
RUN = {BACKUP: backup.run, RESTORE: restore.run}
FAILED = 1
MISUSED = 2


def perform(task: str, job: JobSettings) -> Result:
    """Runs a task. Whatever goes wrong becomes a result that proves nothing."""
    client = session.kopia(Path(job.state), "mover", job.deadline, Path(job.secret))
    blamed = False
    try:
        privileged = capabilities.holds(KEPT[task], STATUS.read_text())
        return RUN[task](job, client, privileged=privileged)
    except RepositoryError as error:
        reason, blamed = error.reason, True
    except KopiaError as error:
        reason = error.reason
    except OSError as error:
        reason = f"{error.strerror}: {error.filename}"
    return Result(
        reason=reason,
        repository=job.repository_id,
        snapshot=job.snapshot,
        repository_failed=blamed or not session.answers(Path(job.repository), job.repository_id),
    )


def main(arguments: list[str], log: Path = TERMINATION_LOG) -> int:
    """Runs the task that the command line names and leaves its result."""
    if len(arguments) != 1 or arguments[0] not in RUN:
        print(f"usage: python -m mover.job {'|'.join(RUN)}", file=sys.stderr)
        return MISUSED
    try:
        if os.geteuid() == ROOT:
            capabilities.become_user(KEPT[arguments[0]])
        result = perform(arguments[0], load_job())
    except SettingsError as error:
        result = Result(reason=f"settings: {error}")
    except OSError as error:
        result = Result(reason=f"root cannot be left: {error.strerror}")
    text = encode(result)
    log.write_text(text)
    print(text)
    return 0 if result.verified else FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
