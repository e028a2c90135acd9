"""pvc-plumber over a real repository that somebody damaged: never `fresh`."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract.answer import LIVEZ, decision_path
from contract.ledger import SHARD_NAMES
from contract.names import Claim, identity
from kopia.command import Kopia
from kopia.repository import create

Start = Callable[..., Any]
DATA, NEW = Claim("media", "data"), Claim("media", "new")


def _emptied(repository: Path) -> None:
    shutil.rmtree(repository)
    repository.mkdir()


def _index_lost(repository: Path) -> None:
    shutil.rmtree(repository / "x")


def _no_folder(repository: Path) -> None:
    shutil.rmtree(repository / "x")
    (repository / "x").write_text("")


def _format_truncated(repository: Path) -> None:
    blob = repository / "kopia.repository.f"
    blob.write_bytes(blob.read_bytes()[:100])


@pytest.mark.parametrize("damage", [_emptied, _index_lost, _no_folder, _format_truncated])
def test_a_damaged_repository_is_fresh_for_nobody_and_ends_the_readiness(
    start: Start,
    repository: Path,
    back_up: Callable[..., str],
    damage: Callable[[Path], None],
) -> None:
    back_up(identity(DATA))
    plumber = start()
    assert plumber.ask(NEW) == "fresh"
    damage(repository)
    assert plumber.ask(NEW) == "unknown"
    assert plumber.ask(DATA) != "fresh"
    plumber.wait_until("the loss of readiness", lambda: not plumber.is_ready())
    assert plumber.get(LIVEZ)[0] == 200


def test_a_truncated_index_is_fresh_for_nobody_who_has_not_read_it_before(
    start: Start, repository: Path, back_up: Callable[..., str]
) -> None:
    # Who has read it before knows its blobs by name and content, so that the list stays true.
    back_up(identity(DATA))
    for blob in (repository / "x").rglob("*.f"):
        blob.write_bytes(blob.read_bytes()[:40])
    plumber = start(ready=False)
    plumber.wait_reason("index")
    assert plumber.ask(NEW) == plumber.ask(DATA) == "unknown"


def test_another_repository_is_fresh_for_nobody(
    start: Start, repository: Path, new_kopia: Callable[..., Kopia]
) -> None:
    plumber = start()
    _emptied(repository)
    create(new_kopia("other"), repository, identity=identity(DATA))
    assert plumber.ask(NEW) == "unknown"
    assert "another repository" in plumber.get(decision_path(NEW))[1]["reason"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a kopia that may not read")
def test_a_folder_without_permission_is_fresh_for_nobody(
    start: Start,
    repository: Path,
    back_up: Callable[..., str],
    kopia_binary: Path,
    tmp_path: Path,
) -> None:
    back_up(identity(DATA))
    weak = tmp_path / "weak-kopia"
    weak.write_text(f'#!/bin/sh\nexec setpriv --bounding-set=-all "{kopia_binary}" "$@"\n')
    weak.chmod(0o755)
    plumber = start(weak)
    assert plumber.ask(NEW) == "fresh"
    back_up(identity(Claim("media", "other")))  # so that the repository must be listed again
    (repository / "x").chmod(0)
    assert plumber.ask(NEW) == "unknown"


@pytest.mark.parametrize(
    "body",
    [
        "sleep 60",
        "kill -9 $$",
        "echo '['; exit 0",
        "echo '[]'; echo 'ERROR x' >&2; exit 0",
        "exit 0",
    ],
)
def test_a_kopia_that_goes_wrong_is_never_an_empty_list(
    start: Start,
    back_up: Callable[..., str],
    kopia_binary: Path,
    tmp_path: Path,
    body: str,
) -> None:
    back_up(identity(DATA))
    switch, changing = tmp_path / "switch", tmp_path / "changing-kopia"
    changing.write_text(
        f'#!/bin/sh\nif [ -e "{switch}" ]; then {body}; fi\nexec "{kopia_binary}" "$@"\n'
    )
    changing.chmod(0o755)
    plumber = start(changing)
    switch.touch()
    back_up(identity(Claim("media", "other")))  # so that the repository must be listed again
    began = time.monotonic()
    assert plumber.ask(NEW) == "unknown"
    assert time.monotonic() - began < 8
    assert plumber.ask(DATA) == "restore"
    switch.unlink()
    plumber.wait_until("a fresh decision", lambda: plumber.ask(NEW) == "fresh")


def test_an_export_emptied_during_a_restart_is_fresh_for_nobody(
    start: Start, repository: Path, writer: Kopia, back_up: Callable[..., str], cluster: Any
) -> None:
    snapshot_id = back_up(identity(DATA))
    first = start()
    first.wait_until("the snapshot in the ledger", lambda: snapshot_id in str(cluster.config_maps))
    first.process.kill()
    entries = json.loads(writer.run("snapshot", "list", "--all", "--json"))
    writer.run("snapshot", "delete", *(s["id"] for s in entries), "--delete")
    second = start()
    status, answer = second.get(decision_path(DATA))
    assert (status, answer["startEmpty"]) == (503, snapshot_id)
    assert second.ask(NEW) == "unknown"
    accepted = second.get(f"{decision_path(DATA)}?startEmpty={snapshot_id}")
    assert (accepted[0], accepted[1]["decision"]) == (200, "fresh")


def test_a_lost_ledger_is_fresh_for_nobody(
    start: Start, back_up: Callable[..., str], cluster: Any
) -> None:
    back_up(identity(DATA))
    start().process.kill()
    for name in SHARD_NAMES:
        del cluster.config_maps[name]
    second = start(ready=False)
    second.wait_reason("ledger of known backups is gone")
    assert second.ask(NEW) == "unknown"
    second.wait_until("a restore decision", lambda: second.ask(DATA) == "restore")
