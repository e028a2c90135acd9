import csv
import io

import pytest

from contract.audit import Key
from contract.names import Claim, Identity
from fakes.audit_scene import NOW, SPACE, Scene, pvc, taken
from kopia.data_loss import HELD
from plumber.audit import serialize


def test_a_rebuild_takes_the_newest_whole_one_and_others_can_be_asked_for() -> None:
    scene = Scene()
    claim = scene.protect(pvc("photos"))
    half = taken(scene.snapshots[0].identity, 0.1, 77, incomplete="canceled")
    scene.snapshots.append(half)
    detail = serialize.detail(scene.report(), claim)
    assert detail
    assert detail["rebuild"] == scene.snapshots[0].id != half.id
    first, second = detail["history"][:2]
    assert (first["snapshot"], first["complete"]) == (half.id, False)
    assert second["asOf"] == "2026-03-01T11:30:00Z"


def test_after_a_loss_both_states_are_told_what_a_rebuild_brings_and_what_it_brought() -> None:
    scene = Scene()
    claim = scene.protect(pvc("photos"))
    newest = scene.change_newest(claim, files=3, bytes=10, tags=frozenset({HELD}))
    detail = serialize.detail(scene.report(), claim)
    assert detail
    row, before = detail["pvc"], scene.snapshots[1]
    assert (detail["rebuild"], row[Key.FILES], row[Key.SIZE]) == (newest.id, 3, 10)
    assert (row[Key.BEFORE], row[Key.BEFORE_FILES]) == (before.id, before.files)
    assert row[Key.BEFORE_SIZE] == before.bytes
    assert row[Key.BEFORE_TIME] == "2026-03-01T10:30:00Z"


def test_a_pvc_that_is_gone_still_shows_its_way_back() -> None:
    scene = Scene()
    scene.snapshots.append(taken(Identity("old-backup", SPACE), 1, 0))
    detail = serialize.detail(scene.report(), Claim(SPACE, "old"))
    assert detail
    assert detail["pvc"] is None
    assert detail["rebuild"] == scene.snapshots[0].id
    assert serialize.detail(scene.report(), Claim(SPACE, "never")) is None


def test_the_table_has_every_key_and_starts_no_formula() -> None:
    scene = Scene()
    scene.protect(pvc("cache", "none", marks={"reason": '=HYPERLINK("x")'}), hours=-1)
    report = scene.report()
    (line,) = csv.DictReader(io.StringIO(serialize.table(report.findings, NOW)))
    assert list(line) == list(serialize.row(report.findings[0], NOW))
    assert line[Key.TEXT] == '\'=HYPERLINK("x")'


@pytest.mark.parametrize(("hours", "seconds"), [(1, 3600), (-1, 0)])
def test_an_age_is_never_below_zero(hours: int, seconds: int) -> None:
    assert serialize.age(taken(Identity("u", "h"), hours, 0), NOW) == seconds
    assert serialize.age(None, NOW) == -1
