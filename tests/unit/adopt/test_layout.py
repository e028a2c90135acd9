import pytest
from hypothesis import given
from hypothesis import strategies as st

from adopt.layout import LAYOUT_TEXT, Layout, owners
from contract.names import Claim, claim_of, identity
from tests.unit.adopt.snapshots import claims, declared, source, sources


def owner(name: str, *pvcs: str, declared_by_fork: dict | None = None) -> dict[str, Layout]:
    claims_by_name = [Claim(*pvc.split("/")) for pvc in pvcs]
    layouts = owners([source(name)], claims_by_name, declared_by_fork or {})[source(name)]
    return {str(claim): layout for claim, layout in layouts.items()}


@pytest.mark.parametrize(
    ("name", "pvc", "layout"),
    [
        ("data-backup@media", "media/data", Layout.EXACT),
        ("my.data-backup@media", "media/my.data", Layout.EXACT),
        ("x" * 50 + "@media", "media/" + "x" * 60, Layout.SHORTENED),
        ("data-volsync@media", "media/data", Layout.EARLIER),
        ("mydata-volsync@media", "media/my.data", Layout.EARLIER),
        ("data@media", "media/data", Layout.PLAIN),
        ("my.data@media", "media/my.data", Layout.PLAIN),
        ("mydata@media", "media/my.data", Layout.PLAIN),
        ("data-backup@media:/config", "media/data", Layout.OTHER_PATH),
        ("data@media:/data/sub", "media/data", Layout.OTHER_PATH),
    ],
)
def test_a_layout_is_known_by_the_name_of_its_sources(name, pvc, layout):
    assert owner(name, pvc) == {pvc: layout}


@pytest.mark.parametrize("name", ["data@web", "date@media", "data-backup@web", "volsync@pod:/"])
def test_a_source_of_another_name_or_namespace_is_nobodys(name):
    assert owner(name, "media/data") == {}


def test_a_living_replication_source_counts_more_than_a_name():
    declared_by_fork = {source("data@media"): frozenset({Claim("media", "data-0")})}
    assert owner("data@media", "media/data", "media/data-0", declared_by_fork=declared_by_fork) == {
        "media/data-0": Layout.DECLARED
    }


def test_a_declared_source_that_is_read_as_another_pvcs_has_two_owners_while_that_one_exists():
    declared_by_fork = {source("ab-backup@media"): frozenset({Claim("media", "a.b")})}
    both = owner("ab-backup@media", "media/a.b", "media/ab", declared_by_fork=declared_by_fork)
    assert both == {"media/a.b": Layout.DECLARED, "media/ab": Layout.EXACT}
    assert set(owner("ab-backup@media", "media/a.b", declared_by_fork=declared_by_fork)) == {
        "media/a.b"
    }


def test_a_name_without_its_dots_may_be_that_of_a_pvc_that_is_gone():
    assert owner("mydata-backup@media", "media/my.data") == {
        "media/my.data": Layout.SHORTENED,
        "media/mydata": Layout.EXACT,
    }


def test_a_bare_name_that_is_read_as_a_pvcs_that_is_gone_has_two_owners():
    assert set(owner("a-backup@media", "media/a-backup")) == {"media/a-backup", "media/a"}


def test_two_pvcs_with_a_source_of_their_own_name_each_are_told_apart():
    name, longer_name = source("a-backup@media"), source("a-backup-backup@media")
    pvcs = [Claim("media", "a"), Claim("media", "a-backup")]
    pvc_owners = owners([name, longer_name], pvcs, {})
    assert pvc_owners[name] == {pvcs[0]: Layout.EXACT}
    assert pvc_owners[longer_name] == {pvcs[1]: Layout.EXACT}
    assert len(owners([name], pvcs, {})[name]) == 2


def test_what_cannot_be_printed_is_nobodys():
    assert owner("data@media:/\x1b[2J", "media/data") == {}


@given(st.sets(sources), st.sets(claims), declared)
def test_a_source_is_never_given_away_without_the_pvc_that_would_be_restored_from_it(
    names, pvcs, declared_by_fork
):
    for name, layouts in owners(names, pvcs, declared_by_fork).items():
        claim = claim_of(name)
        is_evident = not layouts or Layout.DECLARED in layouts.values()
        assert claim is None or claim in layouts or (claim not in pvcs and is_evident)
        assert all(
            (layout is Layout.EXACT) == (identity(c) == name) for c, layout in layouts.items()
        )


def test_every_layout_has_words():
    assert set(LAYOUT_TEXT) == set(Layout)
