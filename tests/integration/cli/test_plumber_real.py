"""pvc-plumber as a process of its own, over the real kopia and a real repository on disk."""

import json
import signal
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contract.answer import METRICS, decision_path
from contract.names import Claim, identity
from contract.volsync import PROVIDER, SpecKey, StatusKey
from kopia.command import Kopia
from kopia.format_blob import unique_id

Start = Callable[..., Any]
DATA, NEW = Claim("media", "data"), Claim("media", "new")


def test_backups_mean_restore_and_none_means_fresh(
    start: Start, back_up: Callable[..., str]
) -> None:
    snapshot_id = back_up(identity(DATA), {"a": b"123"})
    plumber = start()
    status, answer = plumber.get(decision_path(DATA))
    assert (status, answer["decision"], answer["snapshot"]) == (200, "restore", snapshot_id)
    assert (answer["size"], answer["files"], answer["exists"]) == (3, 1, True)
    assert plumber.ask(NEW) == "fresh"


def test_a_backup_is_found_by_the_first_question_after_it(
    start: Start, back_up: Callable[..., str]
) -> None:
    plumber = start()
    assert plumber.ask(DATA) == "fresh"
    back_up(identity(DATA))
    assert plumber.ask(DATA) == "restore"


def test_it_comes_up_with_nothing_and_becomes_ready_without_a_restart(
    start: Start, repository: Path, writer: Kopia
) -> None:
    moved = repository.rename(repository.with_name("away"))
    plumber = start(ready=False, inputs=False)
    plumber.wait_reason("no repository is pinned")
    plumber.pin.write_text(unique_id(moved))
    plumber.wait_reason("no repository at the path")
    moved.rename(repository)
    plumber.wait_reason("password")
    plumber.password.write_text("of something else")
    wrong = "wrong repository password"
    plumber.wait_until("a wrong password", lambda: plumber.reason() == wrong)
    assert plumber.ask(NEW) == "unknown"
    plumber.password.write_text(writer.password_file.read_text())
    plumber.wait_until("readiness", plumber.is_ready)
    assert plumber.ask(NEW) == "fresh"


def test_a_rotated_password_is_unknown_until_the_secret_follows(
    start: Start, writer: Kopia, tmp_path: Path
) -> None:
    plumber = start()
    writer.run("repository", "change-password", "--new-password=rotated")
    assert plumber.ask(NEW) == "unknown"
    plumber.password.write_text("rotated")
    assert plumber.ask(NEW) == "fresh"


def test_what_the_mover_reports_is_waited_for_and_restored_at_once_afterwards(
    start: Start, repository: Path, back_up: Callable[..., str], cluster: Any
) -> None:
    back_up(identity(DATA))
    plumber = start(PLUMBER_REFRESH="600", PLUMBER_READY_AGE="600")
    time.sleep(1)  # the mover tells times to the second
    newer = back_up(identity(DATA), {"b": b"newer"})
    cluster.put_source(
        {
            "metadata": {"name": "data-backup", "namespace": DATA.namespace},
            "spec": {
                "external": {
                    "provider": PROVIDER,
                    "parameters": {SpecKey.USER: identity(DATA).user},
                }
            },
            "status": {
                "external": {
                    StatusKey.SNAPSHOT: newer,
                    StatusKey.SNAPSHOT_TIME: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
                    StatusKey.REPOSITORY: unique_id(repository),
                }
            },
        }
    )
    plumber.wait_until(
        "the newer snapshot", lambda: plumber.get(decision_path(DATA))[1]["snapshot"] == newer
    )


def test_a_sigterm_leaves_time_to_answer_before_the_end(
    start: Start,
) -> None:
    plumber = start()
    plumber.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert plumber.ask(NEW) == "fresh"
    assert plumber.process.wait(timeout=10) in {0, -signal.SIGTERM}


def test_the_log_is_json_without_the_password_and_metrics_count(
    start: Start, writer: Kopia
) -> None:
    plumber = start()
    plumber.ask(NEW)
    lines = plumber.log.read_text().splitlines()
    assert [line for line in map(json.loads, lines) if line["msg"] == "answered"]
    assert writer.password_file.read_text() not in plumber.log.read_text()
    with urllib.request.urlopen(f"http://127.0.0.1:{plumber.port}{METRICS}") as response:
        assert b'decision="fresh"' in response.read()


def test_it_never_writes_to_the_repository(
    start: Start, repository: Path, back_up: Callable[..., str]
) -> None:
    back_up(identity(DATA))

    def used() -> dict[Path, int]:
        return {p: p.stat().st_mtime_ns for p in repository.rglob("*")}

    before = used()
    assert start().ask(NEW) == "fresh"
    assert used() == before
