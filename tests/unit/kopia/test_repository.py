import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from contract.names import Identity
from kopia.command import Kopia, KopiaError
from kopia.repository import connect, create, forget_lists, status

Make = Callable[..., Kopia]
SHOW_ARGS = "print(args, file=open(sys.argv[0] + '.args', 'w'))"
STATUS = {
    "uniqueIDHex": "ab" * 32,
    "contentFormat": {"epochParameters": {"MinEpochDuration": 3_600_000_000_000}},
}


def _args(kopia: Kopia) -> str:
    return Path(kopia.binary + ".args").read_text()


@pytest.mark.parametrize("readonly", [True, False])
def test_a_connection_writes_only_where_it_may_and_bans_stale_answers(
    fake_kopia: Make, *, readonly: bool
) -> None:
    kopia = fake_kopia("sys.exit(1)")  # it is not asked
    connect(kopia, Path("/repository"), readonly=readonly, identity=Identity("plumber", "volsync"))
    config = json.loads(kopia.config.read_text())
    assert config["storage"]["config"]["path"] == "/repository"
    assert config.get("readonly", False) is readonly
    assert (config["username"], config["hostname"]) == ("plumber", "volsync")
    assert config["formatBlobCacheDuration"] < 0
    assert "maxListCacheDuration" not in config["caching"]


def test_a_state_folder_that_takes_no_file_is_told(fake_kopia: Make) -> None:
    kopia = fake_kopia()
    kopia.config.mkdir(parents=True)
    with pytest.raises(KopiaError, match="cannot be configured: Is a directory"):
        connect(kopia, Path("/repository"), readonly=True, identity=Identity("a", "b"))


def test_creating_never_uses_create_only(fake_kopia: Make) -> None:
    # It would leave out the global policy by which a lost index is noticed.
    kopia = fake_kopia(SHOW_ARGS)
    create(kopia, Path("/repository"), identity=Identity("maintenance", "volsync"))
    assert "'repository', 'create', 'filesystem'" in _args(kopia)
    assert "--create-only" not in _args(kopia)


def test_forgetting_lists_keeps_what_is_named_by_its_content(fake_kopia: Make) -> None:
    kopia = fake_kopia()
    for folder in ("blob-list", "own-writes", "metadata"):
        (kopia.cache / folder).mkdir(parents=True)
    (kopia.cache / "kopia.repository").touch()
    forget_lists(kopia)
    forget_lists(kopia)
    assert [path.name for path in kopia.cache.iterdir()] == ["metadata"]


def test_status_is_read(fake_kopia: Make) -> None:
    answer = status(fake_kopia(f"print({json.dumps(STATUS)!r})"))
    assert answer.unique_id == "ab" * 32
    assert answer.epoch == timedelta(hours=1)


@pytest.mark.parametrize(
    "output",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        json.dumps(STATUS | {"uniqueIDHex": ""}),
        json.dumps(STATUS | {"uniqueIDHex": 1}),
        json.dumps(STATUS | {"contentFormat": None}),
        json.dumps(STATUS | {"contentFormat": {"epochParameters": 7}}),
    ],
)
def test_a_malformed_status_is_a_failure(fake_kopia: Make, output: str) -> None:
    with pytest.raises(KopiaError, match="malformed"):
        status(fake_kopia(f"print({output!r})"))
