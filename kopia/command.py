"""Runs one kopia process under a deadline, and never treats the output of a failed one as valid."""

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from contract.repository import KEY_PASSWORD
from kopia import failure
from kopia.failure import KopiaError

KILL_GRACE = 2.0  # seconds; a process that waits for dead storage survives even SIGKILL
LOG_FILES = "20"  # kopia keeps 1000 by default, which would fill a pod's small volume

# Below "error" kopia logs only progress; as JSON, log lines cannot be mistaken for other output.
GLOBAL_FLAGS = ("--log-level=error", "--json-log-console", "--no-progress")


@dataclass(frozen=True, kw_only=True)
class Kopia:
    """One connection to one repository: kopia's own files, and the file with the password."""

    binary: str = "kopia"
    config: Path
    cache: Path
    logs: Path
    password_file: Path
    deadline: float  # seconds that one process may take

    def run(self, *args: str, deadline: float | None = None) -> str:
        """The standard output of `kopia ARGS`. Raises KopiaError unless it succeeded completely.

        `deadline` is in seconds and replaces the connection's own.
        """
        password = self._password()
        code, out, stderr = self._finish(args, password, deadline)
        return _output(code, out, stderr, password)

    def run_past_manifests(self, *args: str) -> tuple[str, frozenset[str]]:
        """As `run`, but manifests that kopia leaves out as unreadable are no failure: their ids."""
        password = self._password()
        code, out, stderr = self._finish(args, password)
        ids, others = failure.unusable_manifests(stderr)
        return _output(code, out, others, password), ids

    def _finish(
        self, args: tuple[str, ...], password: str, deadline: float | None = None
    ) -> tuple[int, bytes, str]:
        limit = self.deadline if deadline is None else deadline
        process = self._start(args, password)
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            undead = process if not _kill(process) else None
            raise KopiaError(f"kopia did not answer within {limit:g} s", undead) from None
        except BaseException:
            _kill(process)
            raise
        return process.returncode, out, err.decode(errors="replace")

    def _password(self) -> str:
        # Read on each call: a rotated Secret must take effect without a restart.
        try:
            password = self.password_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise KopiaError("the repository's password cannot be read") from None
        if not password or "\0" in password:
            raise KopiaError("the repository's password is empty or malformed")
        return password

    def _start(self, args: tuple[str, ...], password: str) -> subprocess.Popen[bytes]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("KOPIA_")}
        own = {
            KEY_PASSWORD: password,  # the Secret's key has the name of kopia's variable
            "KOPIA_CONFIG_PATH": str(self.config),
            "KOPIA_CACHE_DIRECTORY": str(self.cache),
            "KOPIA_LOG_DIR": str(self.logs),
            "KOPIA_LOG_DIR_MAX_FILES": LOG_FILES,
            "KOPIA_CONTENT_LOG_DIR_MAX_FILES": LOG_FILES,
            "KOPIA_PERSIST_CREDENTIALS_ON_CONNECT": "false",
            "KOPIA_USE_KEYRING": "false",
            "KOPIA_CHECK_FOR_UPDATES": "false",
        }
        try:
            for folder in (self.config.parent, self.cache, self.logs):
                folder.mkdir(parents=True, exist_ok=True)
            return subprocess.Popen(
                [self.binary, *GLOBAL_FLAGS, *args],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=inherited | own,
                start_new_session=True,  # so that a deadline also ends kopia's child processes
            )
        except OSError as error:
            raise KopiaError(f"kopia cannot be started: {error.strerror}") from None


def _kill(process: subprocess.Popen[bytes]) -> bool:
    """Kills the process group. False where the process has not ended even so."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    try:
        process.communicate(timeout=KILL_GRACE)
    except (subprocess.TimeoutExpired, ValueError):
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()
    return process.poll() is not None


def _output(code: int, out: bytes, stderr: str, password: str) -> str:
    failed = failure.error_of(code, stderr, password)
    if failed:
        raise failed
    try:
        return out.decode()
    except UnicodeDecodeError:
        raise KopiaError("kopia printed something that is not text") from None
