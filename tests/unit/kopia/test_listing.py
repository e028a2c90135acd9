import json
from collections.abc import Callable

import pytest

from kopia.command import Kopia, KopiaError
from kopia.snapshots import listing
from tests.unit.kopia.test_snapshots import element

Make = Callable[..., Kopia]


def test_listing_asks_for_all_of_it(fake_kopia: Make) -> None:
    expected = ["snapshot", "list", "--all", "--json", "--no-retention"]
    kopia = fake_kopia(f"print({json.dumps([element()])!r}) if args[-5:] == {expected!r} else 0")
    assert len(listing(kopia)) == 1


WHOLE = '[{"target": {"host": "", "userName": "", "path": ""}}]'
WRITTEN_SINCE = '[{"target": {"host": "media", "userName": "data-backup", "path": "/data"}}]'


def test_an_empty_list_counts_only_beside_a_readable_index(fake_kopia: Make) -> None:
    kopia = fake_kopia(f"print('[]' if 'snapshot' in args else {WHOLE!r})")
    assert listing(kopia) == ()


@pytest.mark.parametrize("policies", ["[]", WRITTEN_SINCE])
def test_a_lost_index_is_noticed_also_after_somebody_wrote_into_it(
    fake_kopia: Make, policies: str
) -> None:
    lost = fake_kopia(f"print('[]' if 'snapshot' in args else {policies!r})")
    with pytest.raises(KopiaError, match="index is missing"):
        listing(lost)


@pytest.mark.parametrize("policies", ["", "{", "5", "[5]", '[{"target": 5}]'])
def test_a_malformed_policy_list_is_no_readable_index(fake_kopia: Make, policies: str) -> None:
    kopia = fake_kopia(f"print('[]' if 'snapshot' in args else {policies!r})")
    with pytest.raises(KopiaError):
        listing(kopia)


def test_listing_forgets_what_an_earlier_one_saw(fake_kopia: Make) -> None:
    kopia = fake_kopia(
        "import json\n"
        "stale = os.path.exists(os.environ['KOPIA_CACHE_DIRECTORY'] + '/blob-list')\n"
        f"print({WHOLE!r} if 'policy' in args else '[' if stale else '[]')"
    )
    (kopia.cache / "blob-list").mkdir(parents=True)
    assert listing(kopia) == ()
