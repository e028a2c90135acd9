import base64
import json
from pathlib import Path

import pytest

from contract.names import Identity
from kopia.failure import FullError, KopiaError, RepositoryError
from kopia.suspect import SuspectError
from mover.job import session

RAW = b"\x01" * 32


def repository(path: Path) -> Path:
    (path / "x").mkdir(parents=True)
    (path / "x" / "n0.f").touch()
    text = json.dumps({"uniqueID": base64.b64encode(RAW).decode()})
    (path / "kopia.repository.f").write_text(text)
    return path


def test_each_client_has_its_own_files(tmp_path: Path) -> None:
    one = session.kopia(tmp_path, "mover", 5, tmp_path)
    one.config.parent.mkdir(parents=True)
    one.config.write_text('{"caching": {"cacheDirectory": "../cache"}}')
    other = session.fresh(one, "reader")
    assert {one.config, one.cache, one.logs}.isdisjoint({other.config, other.cache, other.logs})
    assert other == session.kopia(tmp_path, "reader", 5, tmp_path)
    assert other.config.parent / "../cache" == other.config.parent / ".." / other.cache.name
    assert other.config.read_text() == one.config.read_text()


def test_only_the_pinned_repository_is_opened(tmp_path: Path) -> None:
    path = repository(tmp_path / "r")
    session.require_repository(path, RAW.hex())
    with pytest.raises(KopiaError, match="is the pinned one"):
        session.require_repository(path, "f" * 64)


def test_a_repository_without_its_index_is_not_written_to(tmp_path: Path) -> None:
    path = repository(tmp_path / "r")
    (path / "x" / "n0.f").unlink()
    with pytest.raises(RepositoryError, match="index is missing"):
        session.require_repository(path, RAW.hex())


def test_kopia_does_not_even_start_on_another_path(tmp_path: Path) -> None:
    (tmp_path / "void").mkdir()
    client = session.kopia(tmp_path, "mover", 5, tmp_path / "no-secret")
    with pytest.raises(KopiaError, match="no repository"):
        session.open_pinned(client, tmp_path / "void", "f" * 64, Identity("u", "h"), readonly=False)
    assert list((tmp_path / "void").iterdir()) == []


def test_a_repository_that_is_gone_does_not_answer(tmp_path: Path) -> None:
    path = repository(tmp_path / "r")
    assert session.answers(path, RAW.hex())
    assert not session.answers(path, "f" * 64)
    assert not session.answers(tmp_path / "gone", RAW.hex())


def test_before_a_volume_is_touched_every_failure_is_the_repositorys() -> None:
    with pytest.raises(RepositoryError, match="anything"), session.opening():
        raise KopiaError("anything")
    with pytest.raises(FullError), session.opening():
        raise FullError("the mover's own volume")


def test_a_failure_beside_the_body_is_not_lost() -> None:
    def fail(text: str) -> None:
        raise KopiaError(text)

    done = []
    with pytest.raises(KopiaError, match="beside"), session.beside(fail, "beside"):
        done.append(True)
    assert done
    with pytest.raises(KopiaError, match="body"), session.beside(done.append, False):
        raise KopiaError("body")
    assert done == [True, False]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (KopiaError("it hangs"), RepositoryError),
        (FullError("no space"), FullError),
        (SuspectError("manifest x is malformed"), SuspectError),
    ],
)
def test_the_repository_is_blamed_for_what_everybody_would_meet(
    error: KopiaError, kind: type[KopiaError]
) -> None:
    with pytest.raises(KopiaError) as caught, session.opening():
        raise error
    assert type(caught.value) is kind
