"""Somebody with the password writes manifests by hand: whom it stops, and how it is undone."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract.answer import decision_path
from contract.names import Claim, Identity, identity
from fakes import forgery
from fakes.forgery import text_of
from kopia.command import Kopia
from kopia.snapshots import whole_list
from tests.tooling import tool
from tests.unit.mover.repository import IDENTITY, OTHER, Bench

DATA, ELSEWHERE, NEW = Claim("media", "data"), Claim("web", "data"), Claim("shop", "new")
MINE, THEIRS = identity(DATA), identity(ELSEWHERE)


def forge(client: Kopia, identity: Identity | None, text: object, **labels: str) -> str:
    return forgery.forge(tool(forgery.TOOL), client, identity, text, **labels)


def changed(text: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**text, **changes}


def negative(text: dict[str, Any]) -> dict[str, Any]:
    root = text["rootEntry"]
    return changed(text, rootEntry={**root, "summ": {**root["summ"], "files": -1}})


def uncountable(text: dict[str, Any]) -> dict[str, Any]:
    root = text["rootEntry"]
    return changed(text, rootEntry={**root, "summ": {**root["summ"], "files": "many"}})


MALFORMED: dict[str, Callable[[dict[str, Any]], object]] = {
    "negative count": negative,
    "count in words": uncountable,
    "no source": lambda text: changed(text, source=None),
    "source is a number": lambda text: changed(text, source=5),
    "another source": lambda text: changed(text, source={**text["source"], "host": "web"}),
    "another path": lambda text: changed(text, source={**text["source"], "path": "/other"}),
    "tags without labels": lambda text: changed(text, tags={"tag:volsync-held": "true"}),
    "tags of another kind": lambda text: changed(text, tags=5),
    "no time": lambda text: changed(text, startTime="soon"),
    "no object": lambda text: changed(text, rootEntry={"obj": "none"}),
    "no manifest": lambda text: "what",
    "null": lambda text: None,
    "a list": lambda text: [text],
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_manifest_is_named_and_stops_its_own_pvc_only(
    kind: str, writer: Kopia, back_up: Callable[..., str]
) -> None:
    good = back_up(MINE)
    third = back_up(identity(NEW))
    planted = forge(writer, MINE, MALFORMED[kind](text_of(writer, good)))
    whole = whole_list(writer)
    assert {snapshot.id for snapshot in whole.snapshots} == {good, third}
    (suspect,) = whole.suspects
    assert suspect.id == planted
    assert suspect.concerns([MINE])
    assert suspect.concerns([THEIRS]) == (kind == "another source")
    assert not suspect.concerns([identity(NEW)])
    remove(writer, suspect.text())
    assert whole_list(writer).suspects == ()


def remove(client: Kopia, reason: str) -> None:
    """Runs the command that a reason names."""
    command = reason[reason.index("kopia manifest delete") :]
    client.run(*shlex.split(command)[1:])


def test_what_kopia_writes_itself_agrees_with_its_labels(
    writer: Kopia, back_up: Callable[..., str], tmp_path: Path
) -> None:
    """Also tagged, pinned, edited, copied, or of another path."""
    first = back_up(MINE)
    source = str(tmp_path / "source")
    Path(source).mkdir()
    writer.run("snapshot", "create", source, f"--override-source={THEIRS}", "--tags=kept:yes")
    writer.run("snapshot", "create", source)
    writer.run("snapshot", "pin", first, "--add=keep")
    writer.run("snapshot", "copy-history", str(THEIRS), str(identity(NEW)))
    whole = whole_list(writer)
    assert len(whole.snapshots) == 4
    assert whole.suspects == ()


def test_a_forged_backup_is_restored_into_nobodys_volume(repo: Bench, tree: Path) -> None:
    client = repo.client("forger")
    assert repo.backup(tree).verified
    text = text_of(client, repo.backup(tree, OTHER).snapshot)
    source = {"userName": IDENTITY.user, "host": IDENTITY.host, "path": IDENTITY.path}
    planted = forge(client, OTHER, {**text, "source": source, "startTime": "2100-01-01T00:00:00Z"})
    for result in (repo.restore("mine")[0], repo.backup(tree)):
        assert not result.verified
        assert f"kopia manifest delete {planted}" in result.reason
        assert not result.repository_failed
    third = Identity("third-backup", "third")
    assert repo.backup(tree, third).verified
    remove(client, result.reason)
    assert repo.restore("again")[0].verified
    assert repo.backup(tree).verified


def test_a_manifest_of_which_nothing_can_be_read_is_everybodys(repo: Bench, tree: Path) -> None:
    planted = forge(repo.client("forger"), None, 5)
    result = repo.backup(tree)
    assert result.repository_failed
    assert f"kopia manifest delete {planted}" in result.reason


def test_the_service_denies_only_whom_it_may_concern(
    start: Callable[..., Any], writer: Kopia, back_up: Callable[..., str]
) -> None:
    good, theirs = back_up(MINE), back_up(THEIRS)
    plumber = start()
    planted = forge(writer, MINE, negative(text_of(writer, good)))
    plumber.wait_until("a denial", lambda: plumber.ask(DATA) == "unknown")
    reason = plumber.get(decision_path(DATA))[1]["reason"]
    assert planted in reason
    assert (plumber.ask(NEW), plumber.ask(ELSEWHERE)) == ("fresh", "restore")
    assert plumber.is_ready()
    remove(writer, reason)
    plumber.wait_until("a restore", lambda: plumber.ask(DATA) == "restore")
    forge(writer, MINE, {**text_of(writer, theirs), "startTime": "2100-01-01T00:00:00Z"})
    plumber.wait_until("a denial", lambda: plumber.ask(ELSEWHERE) == "unknown")
    assert plumber.ask(DATA) == "unknown"
