import json
import re
import shlex
from typing import Any

import pytest

from contract.names import Identity
from kopia.failure import RepositoryError
from kopia.suspect import Suspect, SuspectError, parse_labels, require_none

MINE = Identity("data-backup", "media")
OTHER = Identity("data-backup", "elsewhere")


def suspect(*identities: Identity, number: str = "e" * 32) -> Suspect:
    sources = frozenset((i.user, i.host) for i in identities)
    return Suspect(id=number, problem="is malformed", sources=sources)


@pytest.mark.parametrize("number", ["../etc", "0" * 32 + "\n", "A" * 32, "", "$(id)", "x" * 999])
def test_an_id_that_kopia_never_gives_is_shown_so_that_it_can_be_pasted(number: str) -> None:
    text = suspect(MINE, number=number).text()
    (command,) = re.findall("kopia manifest delete .*", text)
    words = shlex.split(command)
    assert words[:3] == ["kopia", "manifest", "delete"]
    assert len(words) == 5
    assert len(text) < 300


@pytest.mark.parametrize("path", ["/data", "/other"])
def test_it_concerns_whom_it_names_whatever_the_path(path: str) -> None:
    assert suspect(MINE).concerns([Identity(MINE.user, MINE.host, path)])
    assert not suspect(MINE).concerns([OTHER])
    assert not suspect(MINE).concerns([])


def test_one_that_names_nobody_may_be_anybodys_and_is_the_repositorys_fault() -> None:
    assert suspect().concerns([OTHER])
    with pytest.raises(RepositoryError, match="anybody"):
        require_none([suspect()], OTHER)


def test_only_whom_it_may_concern_is_stopped() -> None:
    require_none([suspect(MINE)], OTHER)
    for identity in (MINE, None):
        with pytest.raises(SuspectError, match="of data-backup@media"):
            require_none([suspect(MINE)], identity)


@pytest.mark.parametrize("text", ["", "[", "null", "{}", "[5]", "[{}]", '[{"id": 5}]'])
def test_half_a_list_of_labels_is_none(text: str) -> None:
    with pytest.raises(RepositoryError, match="manifests is malformed"):
        parse_labels(text)


@pytest.mark.parametrize("labels", [{}, None])
def test_a_manifest_without_labels_is_listed(labels: Any) -> None:
    assert parse_labels(json.dumps([{"id": "x", "labels": labels}])) == {"x": {}}
