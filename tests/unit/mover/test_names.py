from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from contract.labels import DESTINATION, SOURCE
from contract.names import LABEL_LIMIT, NAME_LIMIT, is_dns_subdomain
from mover import names
from tests.unit.contract.strategies import names as any_name

WHEN = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)
SYNC = names.sync_id(WHEN, 0)


def test_upstreams_own_names_where_they_fit() -> None:
    assert names.job(SOURCE, "a-backup") == "volsync-src-a-backup"
    assert names.job(DESTINATION, "a-restore") == "volsync-dst-a-restore"
    assert names.source_copy("a-backup") == "volsync-a-backup-src"
    assert names.destination_volume("a-restore") == "volsync-a-restore-dest"
    assert names.image("a-restore", SYNC) == "volsync-a-restore-dest-20260301123005-0"


@given(owner=any_name)
def test_every_name_is_one_that_kubernetes_takes(owner: str) -> None:
    for role in (SOURCE, DESTINATION):
        assert len(names.job(role, owner)) <= LABEL_LIMIT
        assert is_dns_subdomain(names.job(role, owner))
    for name in (
        names.source_copy(owner),
        names.destination_volume(owner),
        names.image(owner, SYNC),
    ):
        assert len(name) <= NAME_LIMIT
        assert is_dns_subdomain(name)


@given(one=any_name, other=any_name)
def test_two_owners_never_share_a_job(one: str, other: str) -> None:
    same = one == other
    assert (names.job(SOURCE, one) == names.job(SOURCE, other)) is same
    assert names.job(SOURCE, one) != names.job(DESTINATION, other)


def test_a_cut_name_is_never_a_full_one() -> None:
    cut = names.job(SOURCE, "a" * 60)
    assert names.job(SOURCE, cut.removeprefix("volsync-src-")) != cut
    assert cut.startswith("volsync-src.")


@given(attempts=st.integers(0, 99))
def test_each_attempt_has_a_mark_of_its_own(attempts: int) -> None:
    assert names.sync_id(WHEN, attempts) != names.sync_id(WHEN, attempts + 1)
    assert names.sync_id(None, attempts) == ""
