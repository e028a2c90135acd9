"""A whole mover Job against bare kopia on the same tree: wall and CPU time, as ratios.

Bare is one `kopia snapshot create` or `restore` with the Job's own flags and policy, connected
before; after a restore the bare side flushes the target too. Both begin with nothing cached.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median

from bench import report
from bench.repository import Built, back_up, client, empty
from contract.names import Claim, Identity
from contract.repository import KEY_PASSWORD
from contract.schedule import RETENTION
from kopia.command import Kopia
from kopia.repository import connect
from lab.pins import BY_NAME
from mover.job import backup, kopia_policy, restore, task
from mover.result import Result, decode

ROOT = Path(__file__).parents[2]
MB = 1 << 20
IN_A_FOLDER = 100  # files
OWNER = Identity("data-backup", "bench")
OTHER = 1234  # the id of a user
DEADLINE = 3600.0
RULES = kopia_policy.Rules(privileged=True)
# The Job's program, but for the place of its result, which a machine without pods lacks.
JOB = "import sys, pathlib; from mover.job.__main__ import main; main(pathlib.Path(sys.argv[1]))"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How many files of how many bytes a tree has."""

    files: int
    size: int


TREES = {
    "10MB": Shape(files=160, size=MB // 16),
    "1GB": Shape(files=256, size=4 * MB),
    "50k": Shape(files=50_000, size=1000),
}


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds of one run, its children included."""

    wall: float
    cpu: float


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A tree, and a folder for everything else."""

    tree: Path
    work: Path

    def bare_backup(self) -> Cost:
        """`kopia snapshot create` into a new repository."""
        kopia = self._connected(self._repository(), readonly=False)
        kopia_policy.set_policy(kopia, OWNER, kopia_policy.HOLD, RULES)
        source = (str(self.tree), f"--override-source={OWNER}")
        return cost(lambda: kopia.run("snapshot", "create", *source, *backup.CREATE_FLAGS))

    def job_backup(self) -> tuple[Cost, Built, str]:
        """The backup Job into a new repository; that, and the snapshot in it."""
        built = self._repository()
        spent, result = self._job("backup", built, self.tree)
        return spent, built, result.snapshot

    def bare_restore(self, built: Built, snapshot: str) -> Cost:
        """`kopia snapshot restore`, until all of it is on disk."""
        kopia = self._connected(built, readonly=True)
        target = self._empty("out")

        def run() -> None:
            kopia.run("snapshot", "restore", snapshot, str(target), *restore.FLAGS)
            restore.flush(target)

        return cost(run)

    def job_restore(self, built: Built, snapshot: str) -> Cost:
        """The restore Job."""
        return self._job("restore", built, self._empty("out"), snapshot)[0]

    def _job(self, way: str, built: Built, data: Path, snapshot: str = "") -> tuple[Cost, Result]:
        secret, log = self._empty("secret"), self._empty("log") / "result"
        shutil.copy(built.password_file, secret / KEY_PASSWORD)
        kopia = client(self.work, built.password_file).binary
        order = task.Task(
            repository_id=built.unique_id,
            identity=OWNER,
            deadline=DEADLINE,
            ordered=task.Ordered(at=datetime.now(UTC), start_deadline=0),
            backup=task.Backup(retention=RETENTION) if way == "backup" else None,
            snapshot=snapshot,
            data=str(data),
            state=str(self._empty("state")),
            repository=str(built.path),
            secret=str(secret),
        )
        environment = {
            "PATH": os.pathsep.join((str(Path(kopia).parent), os.defpath)),
            "PYTHONPATH": str(ROOT),
            task.VARIABLE: task.encode(order),
        }
        command = [sys.executable, "-c", JOB, str(log)]
        spent = cost(lambda: subprocess.run(command, env=environment, stdout=subprocess.DEVNULL))
        result = decode(log.read_text())
        if not result or not result.verified:
            raise SystemExit(f"the {way} Job failed: {result and result.reason}")
        return spent, result

    def _repository(self) -> Built:
        """With a snapshot of another volume, as any repository in use has."""
        built, kopia = empty(self._empty("repository"))
        back_up(kopia, Claim("bench", "other"), self._empty("other"), datetime.now(UTC))
        return built

    def _connected(self, built: Built, *, readonly: bool) -> Kopia:
        kopia = client(self._empty("client"), built.password_file, DEADLINE)
        connect(kopia, built.path, readonly=readonly, identity=OWNER)
        return kopia

    def _empty(self, name: str) -> Path:
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder


def cost(run: Callable[[], object]) -> Cost:
    """What a run takes, after everything that was written before is on disk."""
    os.sync()
    wall, cpu = time.monotonic(), _cpu()
    run()
    return Cost(wall=time.monotonic() - wall, cpu=_cpu() - cpu)


def _cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def plant(root: Path, shape: Shape) -> None:
    """Files that nobody has seen before, every second one half as big once compressed.

    As root, they belong to a user whom neither side runs as: both must give them back.
    """
    random = Random(f"{shape}")  # noqa: S311 - no secret
    for index in range(shape.files):
        folder = root / f"{index // IN_A_FOLDER}"
        folder.mkdir(parents=True, exist_ok=True)
        is_dense = index % 2
        raw = random.randbytes(shape.size if is_dense else shape.size // 2)
        (folder / f"{index}").write_bytes(raw if is_dense else raw.hex().encode())
        if os.geteuid() == 0:
            os.chown(folder / f"{index}", OTHER, OTHER)


def measure(shape: Shape, runs: int) -> dict[str, float]:
    """The medians of some runs, in turn with bare kopia, and their ratios."""
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory(prefix="mover-overhead-") as folder:
        bench = Bench(tree=Path(folder) / "tree", work=Path(folder) / "work")
        bench.work.mkdir()
        plant(bench.tree, shape)
        for _ in range(runs):
            costs.setdefault("backup_bare", []).append(bench.bare_backup())
            spent, built, snapshot = bench.job_backup()
            costs.setdefault("backup", []).append(spent)
            costs.setdefault("restore_bare", []).append(bench.bare_restore(built, snapshot))
            costs.setdefault("restore", []).append(bench.job_restore(built, snapshot))
    wall = {name: median(run.wall for run in measured) for name, measured in costs.items()}
    cpu = {name: median(run.cpu for run in measured) for name, measured in costs.items()}
    figures = {f"{name}_wall_s": seconds for name, seconds in wall.items()}
    figures |= {f"{name}_cpu_s": seconds for name, seconds in cpu.items()}
    for way in ("backup", "restore"):
        figures[f"{way}_wall_ratio"] = wall[way] / wall[f"{way}_bare"]
        figures[f"{way}_cpu_ratio"] = cpu[way] / cpu[f"{way}_bare"]
    return {name: round(value, 2) for name, value in sorted(figures.items())}


def main() -> None:
    """Measures the trees; needs about four times the size of the largest as free space."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="of each side; the median counts")
    parser.add_argument("--tree", choices=TREES, action="append", help="only this one; repeatable")
    args = parser.parse_args()
    report.machine(kopia=BY_NAME["kopia"].pin)
    trees = {}
    for name in args.tree or TREES:
        trees[name] = measure(TREES[name], args.runs)
        print(name, trees[name], flush=True)
    report.last({"trees": trees})


if __name__ == "__main__":
    main()
