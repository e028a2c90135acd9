"""scripts/adopt on repositories of the real kopia, and a real kubectl on a made-up API server."""

import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adopt.renaming import rename_back, session
from contract.answer import Decision
from contract.names import Claim, Identity, identity
from fakes.http_api import kubeconfig
from kopia.command import Kopia
from kopia.snapshots import listing, newest_complete
from tests.integration.cli.adoption import Adopt, api_server, decision, fates, states
from tests.tooling import tool
from tests.unit.adopt.api import answers
from tests.unit.adopt.origin import origin, pvc, source

BackUp = Callable[..., str]

LONG = "x" * 60
# By PVC, the source that holds its backups; each of another layout.
LAYOUTS = {
    Claim("media", "data"): Identity("data-backup", "media"),
    Claim("media", "early"): Identity("early-volsync", "media"),
    Claim("media", "bare"): Identity("bare", "media"),
    Claim("media", "dot.ted"): Identity("dotted", "media"),
    Claim("media", LONG): Identity(LONG[:50], "media"),
    Claim("media", "path"): Identity("path", "media", "/config"),
    Claim("media", "own-name"): Identity("chosen", "anywhere"),
    Claim("media", "my.data"): Identity("mydata-backup", "media"),
}
DECLARING = [
    source("any", "own-name", username="chosen", hostname="anywhere"),
    source("my.data-backup", "my.data"),
]


@pytest.fixture
def adopt(tmp_path: Path, kopia_binary: Path, repository: Path, writer: Kopia) -> Adopt:
    return Adopt(tmp_path, kopia_binary, repository, writer.password_file)


@pytest.fixture
def filled(back_up: BackUp) -> dict[Claim, str]:
    """A source of each layout, and one of nobody."""
    snapshot_ids = {claim: back_up(name, {claim.name: b"its"}) for claim, name in LAYOUTS.items()}
    back_up(Identity("me", "laptop", "/home"))
    return snapshot_ids


def cluster(**more: Any) -> dict[str, Any]:
    pvcs = [pvc(claim.name) for claim in LAYOUTS]
    sources = {"replicationsources": DECLARING}
    rest = {name: [] for name in origin() if name != "namespaces"}
    return rest | {"persistentvolumeclaims": pvcs, "namespaces": []} | sources | more


def test_every_layout_is_known_and_the_printed_lines_make_each_recognised(
    tmp_path: Path, adopt: Adopt, writer: Kopia, filled: dict[Claim, str]
) -> None:
    before = adopt.digest()
    with api_server(answers(cluster())) as (url, methods):
        config = {"KUBECONFIG": str(kubeconfig(tmp_path, url))}
        words = ("--json", f"--kubectl={tool('kubectl')}")
        first = adopt(*words, **config)
        assert first.returncode == 3, first.stderr
        report = json.loads(first.stdout)
        assert adopt.digest() == before
        assert set(methods) == {"GET"}
        assert states(report) == {
            claim.name: "recognised" if claim.name == "data" else "rename" for claim in LAYOUTS
        }
        assert fates(report)["me@laptop:/home"] == "unclaimed"
        adopt.type(report["renames"])
        second = adopt(*words, **config)
    report = json.loads(second.stdout)
    assert set(states(report).values()) == {"recognised"}
    fates_by_pvc = {claim.name: fates(report).get(str(old)) for claim, old in LAYOUTS.items()}
    moved = {"data": "recognised", "my.data": None}
    assert fates_by_pvc == dict.fromkeys(fates_by_pvc, "copied") | moved
    assert report["renames"] == []
    for claim in LAYOUTS:
        assert decision(writer, claim)[0] is Decision.RESTORE
    assert decision(writer, Claim("media", "mydata"))[0] is Decision.FRESH


def test_what_is_restored_under_the_new_name_is_what_was_backed_up_under_the_old(
    tmp_path: Path, adopt: Adopt, writer: Kopia, back_up: BackUp
) -> None:
    back_up(Identity("bare", "media"), {"file": b"old"})
    back_up(Identity("bare", "media"), {"file": b"new"})
    _, report = adopt.on(pvc("bare"))
    adopt.type(report["renames"])
    _, chosen = decision(writer, Claim("media", "bare"))
    writer.run("snapshot", "restore", chosen, str(tmp_path / "restored"))
    assert (tmp_path / "restored" / "file").read_bytes() == b"new"


def test_the_lines_may_run_twice_and_catch_up_with_what_the_old_system_still_wrote(
    adopt: Adopt, back_up: BackUp
) -> None:
    old = Identity("bare", "media")
    back_up(old)
    _, report = adopt.on(pvc("bare"))
    adopt.type(report["renames"])
    back_up(old)
    code, late = adopt.on(pvc("bare"))
    assert (code, states(late)) == (3, {"bare": "ambiguous"})
    adopt.type(report["renames"])
    code, report = adopt.on(pvc("bare"))
    assert (code, states(report)) == (0, {"bare": "recognised"})
    assert {source["snapshots"] for source in report["sources"]} == {2}


def test_the_old_name_may_be_freed_once_its_snapshots_are_copied(
    adopt: Adopt, writer: Kopia, back_up: BackUp
) -> None:
    back_up(Identity("bare", "media"))
    _, report = adopt.on(pvc("bare"))
    adopt.type(report["renames"])
    (old,) = [source["identity"] for source in report["sources"]]
    writer.run("snapshot", "delete", "--all-snapshots-for-source", old, "--delete")
    code, report = adopt.on(pvc("bare"))
    assert (code, fates(report)) == (0, {"bare-backup@media:/data": "recognised"})
    assert decision(writer, Claim("media", "bare"))[0] is Decision.RESTORE


def test_a_doubt_ends_with_the_line_that_a_person_chose(
    adopt: Adopt, writer: Kopia, back_up: BackUp
) -> None:
    first, second = Claim("media", "a.bc"), Claim("media", "ab.c")
    back_up(Identity("abc-backup", "media"))
    before = adopt.digest()
    pvcs = [pvc(first.name), pvc(second.name)]
    code, report = adopt.on(*pvcs)
    assert (code, set(states(report).values())) == (3, {"ambiguous"})
    assert report["renames"] == []
    assert adopt.digest() == before
    (doubt,) = report["sources"]
    (line,) = [owner["command"] for owner in doubt["owners"] if owner["pvc"] == first.name]
    password = str(writer.password_file)
    adopt.type(session(adopt.repository, password, shlex.split(line)[0], [line]))
    code, report = adopt.on(*pvcs)
    assert (code, states(report)) == (0, {first.name: "recognised", second.name: "no-backup"})
    assert decision(writer, first)[0] is Decision.RESTORE
    assert decision(writer, second)[0] is Decision.FRESH


def test_the_way_back_gives_the_old_name_what_was_backed_up_since(
    adopt: Adopt, writer: Kopia, kopia_binary: Path, back_up: BackUp
) -> None:
    old, claim = Identity("bare", "media"), Claim("media", "bare")
    back_up(old)
    _, report = adopt.on(pvc("bare"))
    adopt.type(report["renames"])
    back_up(identity(claim))
    line = rename_back(old, claim, str(kopia_binary))
    adopt.type(session(adopt.repository, str(writer.password_file), str(kopia_binary), [line]))
    snapshots = listing(writer)
    new = newest_complete(snapshots, identity(claim))
    again = newest_complete(snapshots, old)
    assert new is not None
    assert again is not None
    assert again.start == new.start


def test_the_printed_lines_leave_no_password_on_disk(
    tmp_path: Path, adopt: Adopt, writer: Kopia, back_up: BackUp
) -> None:
    back_up(Identity("bare", "media"))
    _, report = adopt.on(pvc("bare"))
    held = tmp_path / "held"
    held.mkdir()
    adopt.environ["TMPDIR"] = str(held)
    adopt.type(report["renames"][:-1])  # before the connection ends
    files = [path for path in held.rglob("*") if path.is_file()]
    assert files
    password = writer.password_file.read_bytes()
    assert not [path for path in files if password in path.read_bytes()]
    assert not [path for path in files if "password" in path.name]


def test_half_a_backup_is_told_apart_from_none(tmp_path: Path, adopt: Adopt, writer: Kopia) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for number in range(6):
        (data / f"file-{number}").write_bytes(os.urandom(1 << 20))
    name = identity(Claim("media", "data"))
    limit = ("--upload-limit-mb=1", "--parallel=1")
    writer.run("snapshot", "create", str(data), f"--override-source={name}", *limit)
    code, report = adopt.on(pvc("data"), pvc("new"))
    assert (code, states(report)) == (3, {"data": "incomplete", "new": "no-backup"})


@pytest.mark.parametrize("damage", ["password", "emptied", "index", "blob"])
def test_a_repository_that_cannot_be_read_is_an_error_and_never_an_empty_one(
    adopt: Adopt, back_up: BackUp, damage: str
) -> None:
    back_up(Identity("data-backup", "media"))
    if damage == "password":
        (adopt.folder / "wrong").write_text("wrong")
        adopt.words[1] = f"--password-file={adopt.folder / 'wrong'}"
    elif damage == "emptied":
        adopt.repository.rename(adopt.folder / "away")
        adopt.repository.mkdir()
    elif damage == "index":
        (adopt.repository / "x").rename(adopt.folder / "away")
    else:
        for blob in (adopt.repository / "q").rglob("*.f"):
            blob.write_bytes(blob.read_bytes()[:40])
    before = adopt.digest()
    run = adopt("--no-cluster")
    assert (run.returncode, run.stdout) == (1, "")
    assert f"repository {adopt.repository}" in run.stderr
    assert "not 'no backup'" in run.stderr
    assert adopt.digest() == before


def test_an_api_server_that_refuses_one_kind_is_an_error(tmp_path: Path, adopt: Adopt) -> None:
    report = answers(cluster())
    del report["/apis/batch/v1/cronjobs"]
    with api_server(report) as (url, _):
        config = {"KUBECONFIG": str(kubeconfig(tmp_path, url))}
        run = adopt(f"--kubectl={tool('kubectl')}", **config)
    assert (run.returncode, run.stdout) == (1, "")
    assert "/apis/batch/v1/cronjobs" in run.stderr
