"""Programs whose clock is wrong, with the real kopia.

Python runs under libfaketime. kopia is built from its own source but for the function that reads
the clock, which adds the same seconds (lab/tools/kopia/instead). Files get their times from the
real clock, as they do on an export whose server is right.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.clocks.scene import AGES, PROGRAM
from contract.names import Claim, identity
from contract.repository import PIN_CONFIG_MAP
from contract.schedule import RETENTION
from contract.scope import VOLSYNC_NAMESPACE
from contract.times import CLOCKS_DISAGREE
from fakes.http_api import kubeconfig, running
from kopia.snapshots import AFTER, Snapshot, listing, newest_complete
from lab.clock import wrong_clock
from lab.clock.wrong_clock import MINUTE, SKEWS
from mover.job import backup, task
from mover.job.task import Backup, Task
from mover.result import Result, decode
from tests.integration.cli.conftest import Plumber
from tests.tooling import tool
from tests.unit.mover.repository import IDENTITY, Bench, bench

AHEAD = [skew for skew in SKEWS if skew > timedelta()]
EVERY_CLOCK = pytest.mark.parametrize("skew", SKEWS, ids=wrong_clock.name)
KOPIA_TIME = "%Y-%m-%d %H:%M:%S UTC"  # the only form that kopia's --start-time takes


def dated(moment: datetime) -> tuple[str, str]:
    text = moment.astimezone(UTC).strftime(KOPIA_TIME)
    return f"--start-time={text}", f"--end-time={text}"


@pytest.fixture(scope="module")
def wrong_kopia() -> Path:
    return tool("kopia-faketime")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, wrong_kopia: Path) -> Iterator[str]:
    """A PATH on which kopia has a clock that can be wrong."""
    value = wrong_clock.kopia_on_path(tmp_path_factory.mktemp("bin"), wrong_kopia)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", value)
        yield value


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory, path: str) -> Bench:
    """A repository with a history of two months, of one small volume."""
    repo = bench(tmp_path_factory.mktemp("origin"))
    (repo.root / "data").mkdir()
    (repo.root / "data" / "file").write_text("content")
    writer, now = repo.client("writer"), datetime.now(UTC)
    for age in AGES:
        override = f"--override-source={IDENTITY}"
        data = str(repo.root / "data")
        writer.run("snapshot", "create", data, override, *dated(now - age))
    return repo


@dataclass(frozen=True)
class Volume:
    """A copy of the repository, and its volume."""

    repo: Bench
    path: str

    @property
    def data(self) -> Path:
        return self.repo.root / "data"

    def snapshots(self) -> dict[str, Snapshot]:
        return {snapshot.id: snapshot for snapshot in listing(self.repo.client("look"))}

    def newest(self) -> str:
        snapshot = newest_complete(self.snapshots().values(), IDENTITY)
        assert snapshot
        return snapshot.id

    def order(self, late: timedelta = timedelta()) -> Task:
        """A backup that was ordered a while ago."""
        made = self.repo.order(self.data)
        at = replace(made.ordered, at=datetime.now(UTC) - late)
        return replace(made, ordered=at, backup=Backup(retention=RETENTION))

    def start(self, *args: str, skew: timedelta, **more: str) -> str:
        """What a program prints whose clock is wrong."""
        environ = {"PATH": self.path, **wrong_clock.environment(skew)}
        command = [sys.executable, "-m", PROGRAM, *args]
        ended = subprocess.run(
            command, env=environ | more, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def job(self, order: Task, skew: timedelta) -> Result:
        """A Job on a node whose clock is wrong."""
        result = decode(self.start("job", skew=skew, **{task.VARIABLE: task.encode(order)}))
        assert result
        return result

    def poison(self, ahead: timedelta) -> str:
        """A snapshot as an earlier version left it, on a node whose clock was ahead."""
        writer = self.repo.client("writer")
        args = (str(self.data), f"--override-source={IDENTITY}", "--json")
        at = dated(datetime.now(UTC) + ahead)
        return json.loads(writer.run("snapshot", "create", *args, *at))["id"]


@pytest.fixture
def volume(tmp_path: Path, origin: Bench, path: str) -> Volume:
    for name in ("repository", "secret", "data"):
        shutil.copytree(origin.root / name, tmp_path / name)
    return Volume(Bench(tmp_path, origin.id), path)


@EVERY_CLOCK
def test_a_backup_by_a_wrong_clock_fails_with_words_and_deletes_nothing(
    volume: Volume, skew: timedelta
) -> None:
    before = volume.snapshots()
    result = volume.job(volume.order(), skew)
    assert not result.verified
    assert result.reason.startswith(CLOCKS_DISAGREE)
    assert not result.repository_failed
    assert volume.snapshots() == before


@EVERY_CLOCK
def test_a_clock_that_is_set_during_a_backup_costs_that_backup_only(
    volume: Volume, skew: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = volume.snapshots()
    wrong = dated(datetime.now(UTC) + skew)
    monkeypatch.setattr(backup, "CREATE_FLAGS", (*backup.CREATE_FLAGS, *wrong))
    result = volume.repo.backup(volume.data)
    assert not result.verified
    assert CLOCKS_DISAGREE in result.reason
    assert volume.snapshots() == before


def test_a_backup_by_the_right_clock_is_verified_and_there(volume: Volume) -> None:
    result = volume.job(volume.order(), timedelta())
    assert (result.verified, result.note) == (True, ""), result.reason
    assert result.snapshot == volume.newest()


def test_a_job_that_begins_late_needs_the_exports_clock_to_agree(volume: Volume) -> None:
    late = volume.order(8 * MINUTE)
    before = volume.snapshots()
    refused = volume.job(late, 6 * MINUTE)
    assert (refused.verified, "the export's says" in refused.reason) == (False, True)
    assert volume.snapshots() == before
    assert volume.job(late, timedelta()).verified


@EVERY_CLOCK
def test_a_restore_by_a_wrong_clock_brings_the_newest_back(volume: Volume, skew: timedelta) -> None:
    target = volume.repo.root / "target"
    target.mkdir()
    result = volume.job(replace(volume.order(), backup=None, data=str(target)), skew)
    assert (result.verified, result.snapshot) == (True, volume.newest())


@pytest.mark.parametrize(
    "ahead", [skew for skew in SKEWS if skew > timedelta()], ids=wrong_clock.name
)
def test_beside_a_snapshot_that_bears_a_later_date_backups_go_on_and_none_expires(
    volume: Volume, ahead: timedelta
) -> None:
    poison = volume.poison(ahead)
    before = volume.snapshots()
    refused, _ = volume.repo.restore("by-hand")
    assert (refused.verified, CLOCKS_DISAGREE in refused.reason) == (False, True)

    (volume.data / "later").write_text("later")
    results = [volume.repo.backup(volume.data) for _ in range(2)]
    assert all(result.verified for result in results), results
    assert before.keys() < volume.snapshots().keys()
    assert volume.newest() == results[-1].snapshot  # by its tag, though its date is the earlier one
    restored, target = volume.repo.restore("again")
    assert (restored.snapshot, (target / "later").exists()) == (results[-1].snapshot, True)

    *_, command = results[-1].note.partition(f"kopia snapshot delete {poison}")
    assert command == " --delete"
    volume.repo.client("look").run("snapshot", "delete", poison, "--delete")
    last = volume.repo.backup(volume.data)
    assert (last.verified, last.note) == (True, "")
    assert volume.newest() == last.snapshot


def test_a_small_step_back_between_two_nodes_keeps_the_order(volume: Volume) -> None:
    ahead = volume.job(volume.order(), 2 * MINUTE)
    behind = volume.job(volume.order(), -2 * MINUTE)
    assert (ahead.verified, behind.verified) == (True, True)
    assert (volume.newest(), behind.note) == (behind.snapshot, "")
    tagged = volume.snapshots()[behind.snapshot]
    assert AFTER in tagged.tags
    assert tagged.start < volume.snapshots()[ahead.snapshot].start < tagged.order


@EVERY_CLOCK
def test_maintenance_by_a_wrong_clock_is_refused_and_touches_nothing(
    volume: Volume, skew: timedelta
) -> None:
    files = {file: file.stat().st_size for file in volume.repo.path.rglob("*") if file.is_file()}
    text = volume.start("maintain", str(volume.repo.root), volume.repo.id, skew=skew)
    assert text.startswith(CLOCKS_DISAGREE)
    assert files == {
        file: file.stat().st_size for file in volume.repo.path.rglob("*") if file.is_file()
    }


@EVERY_CLOCK
def test_the_controller_goes_by_the_api_servers_clock(
    tmp_path: Path, skew: timedelta, path: str
) -> None:
    with running() as cluster:
        cluster.pin("a" * 64)
        environ = {
            "PATH": path,
            "KUBECONFIG": str(kubeconfig(tmp_path, cluster.url)),
            **wrong_clock.environment(skew),
        }
        command = [sys.executable, "-m", PROGRAM, "clock", VOLSYNC_NAMESPACE, PIN_CONFIG_MAP]
        ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    now = datetime.fromisoformat(ended.stdout.strip())
    assert abs(now - datetime.now(UTC)) < MINUTE
    assert CLOCKS_DISAGREE in ended.stderr


@EVERY_CLOCK
def test_pvc_plumber_with_a_wrong_clock_knows_the_newest(
    start: Callable[..., Plumber], back_up: Callable[..., str], wrong_kopia: Path, skew: timedelta
) -> None:
    claim = Claim("media", "photos")
    back_up(identity(claim))
    newest = back_up(identity(claim), {"later": b"later"})
    plumber = start(wrong_kopia, **wrong_clock.environment(skew))
    plumber.wait_until("the answer", lambda: plumber.ask(claim) == "restore")
    assert plumber.get(f"/v1/decision/{claim.namespace}/{claim.name}")[1]["snapshot"] == newest
    assert CLOCKS_DISAGREE in plumber.log.read_text()
