"""Stand-in for the kopia process: it reads a modelled repository and misbehaves as the real one.

What each fault makes it say was seen on the real one; `bench faults --real` repeats that. In
particular a lost index file makes it list fewer snapshots, with exit code 0 and without a word.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.faults.manifests import Manifests
from bench.faults.model import HALF, PASSWORD, Backup, Environment, Fault, Repository
from contract.repository import KEY_PASSWORD
from fakes.virtual_loop import Blocked

NO_PROCESS = 1 << 30  # above any process id of Linux, so that killing it hits nobody
FORMAT_LIFE = 900.0  # seconds that kopia trusts what it has cached, by default
GIVES_UP = 11.0  # seconds until kopia believes a read error
GARBAGE = ("", "null", "{}", "[null]", "[{}]", "[]]", "\0", '[{"id": 1}]')
# What a repository has from its creation.
GLOBAL_POLICY = '[{"target": {"host": "", "userName": "", "path": ""}}]'
SIGKILL = 9


@dataclass(frozen=True, kw_only=True)
class Output:
    """The output of one process, and the time it takes."""

    code: int = 0
    out: str = ""
    error: str = ""
    seconds: float = 0.0


class Failure(Exception):
    """Ends the process with exit code 1."""

    def __init__(self, text: str, seconds: float = 0.0) -> None:
        super().__init__(text)
        self.output = Output(code=1, error=_logged(text), seconds=seconds)


class KopiaProcess:
    """Stands in for subprocess.Popen where the product starts kopia."""

    stdout = stderr = None

    def __init__(
        self,
        environment: Environment,
        args: Sequence[str],
        *,
        env: dict[str, str],
        **options: object,
    ) -> None:
        if Fault.KOPIA_MISSING in environment.faults:
            raise FileNotFoundError(2, "No such file or directory")
        self.args, self.pid, self.returncode = args, NO_PROCESS, None
        self._environment, self._killed = environment, False
        try:
            self._output: Output | None = _Run(environment, args, env).output()
        except Blocked:
            self._output = None

    def communicate(self, timeout: float) -> tuple[bytes, bytes]:
        """As the real one's: all output, or TimeoutExpired."""
        loop, output = self._environment.loop, self._output
        if self._killed and output is not None:
            self.returncode = -SIGKILL
            return b"", b""
        if output is None or output.seconds > timeout:
            self._killed = True  # what the product does next
            loop.spend(timeout)
            raise subprocess.TimeoutExpired(list(self.args), timeout)
        loop.spend(output.seconds)
        self.returncode = output.code
        return output.out.encode(), output.error.encode()

    def poll(self) -> int | None:
        """None while dead storage holds it: it does not even die of SIGKILL."""
        if self._output is None and Fault.HANGS not in self._environment.faults:
            self.returncode = -SIGKILL
        return self.returncode


class _Run:
    """One command."""

    def __init__(self, environment: Environment, args: Sequence[str], env: dict[str, str]) -> None:
        self._environment, self._random = environment, environment.random
        self._words = tuple(arg for arg in args[1:] if not arg.startswith("-"))
        self._password = env[KEY_PASSWORD]
        self._config = Path(env["KOPIA_CONFIG_PATH"])
        cache = Path(env["KOPIA_CACHE_DIRECTORY"])
        self._format_cache, self._list_cache = cache / "kopia.repository", cache / "blob-list/list"

    def output(self) -> Output:
        faults, random = self._environment.faults, self._random
        seconds = random.uniform(0.2, 3)
        if Fault.KOPIA_SLOW in faults:
            seconds = random.uniform(1, 120)
        try:
            out, error = self._command()
        except Failure as failure:
            return failure.output
        half = out[: len(out) // 2]
        if random.random() < HALF:  # such faults come and go
            if Fault.KOPIA_KILLED in faults:
                return Output(code=-SIGKILL, out=half, seconds=seconds)
            if Fault.KOPIA_HALF in faults:
                return Output(out=half, seconds=seconds)
            if Fault.KOPIA_GARBAGE in faults:
                return Output(out=random.choice(GARBAGE), seconds=seconds)
            if Fault.KOPIA_ERROR in faults:
                return Output(out="[]", error=_logged("cannot list"), seconds=seconds)
        return Output(out=out, error=error, seconds=seconds)

    def _command(self) -> tuple[str, str]:
        if not self._config.exists():
            raise Failure("repository is not connected")
        config = json.loads(self._config.read_text())
        backups = self._list(self._open(config), config)
        if self._words == ("policy", "list"):
            whole = Fault.INDEX_FOLDER_LOST not in self._environment.faults and self._mounted()
            return (GLOBAL_POLICY if whole else "[]"), ""
        manifests = Manifests(self._environment.faults, backups)
        if self._words == ("manifest", "list"):
            return json.dumps(manifests.entries()), ""
        if self._words != ("snapshot", "list"):
            self._environment.unknown.append(" ".join(self._words))
        if Fault.MANIFEST_CUT in self._environment.faults and backups:
            remaining = [backup.manifest() for backup in backups[1:]]
            return json.dumps(remaining), _logged("unable to parse manifest")
        return json.dumps(manifests.texts()), "".join(map(_logged, manifests.remarks()))

    def _open(self, config: dict[str, Any]) -> Repository:
        life = config.get("formatBlobCacheDuration", FORMAT_LIFE)
        cached = self._cached(self._format_cache, life)
        environment = self._environment
        if cached is None:
            repository = self._mounted()
            if repository is None:
                raise Failure("repository not initialized in the provided storage")
            if {Fault.FORMAT_CUT, Fault.FORMAT_FLIPPED} & environment.faults.keys():
                raise Failure("invalid format blob")
        else:
            repository = next(
                r for r in (environment.repository, environment.other) if r.unique_id == cached
            )
        if self._password != PASSWORD:
            raise Failure("invalid repository password")
        self._cache(self._format_cache, repository.unique_id)
        return repository

    def _list(self, opened: Repository, config: dict[str, Any]) -> list[Backup]:
        life = config["caching"].get("maxListCacheDuration", 0.0)
        cached = self._cached(self._list_cache, life)
        if cached is not None:
            return [backup for backup in opened.backups if backup.snapshot.id in cached]
        mounted = self._mounted()
        if mounted is not opened and mounted is not None:
            raise Failure("cannot decrypt index blob")
        for fault in (Fault.INDEX_CUT, Fault.PACK_LOST):
            if mounted and mounted.backups and fault in self._environment.faults:
                raise Failure("error loading index blob")
        backups = self._environment.listed()
        self._cache(self._list_cache, [backup.snapshot.id for backup in backups])
        return backups

    def _mounted(self) -> Repository | None:
        try:
            return self._environment.mounted()
        except OSError as error:
            raise Failure(f"cannot read: {error.strerror}", GIVES_UP) from None

    def _cached(self, path: Path, life: float) -> Any:
        # A negative age counts: kopia takes what a clock that jumped back calls fresh.
        try:
            written, value = json.loads(path.read_text())
        except FileNotFoundError:
            return None
        return value if self._environment.wall().timestamp() - written < life else None

    def _cache(self, path: Path, value: Any) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([self._environment.wall().timestamp(), value]))


def _logged(text: str) -> str:
    return json.dumps({"n": "kopia/cli", "m": text}) + "\n"
