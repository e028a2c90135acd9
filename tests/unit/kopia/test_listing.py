import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from contract.names import Identity
from kopia.command import Kopia, KopiaError
from kopia.failure import RepositoryError
from kopia.snapshots import listing
from kopia.suspect import SuspectError
from tests.unit.kopia.test_snapshots import DATA, LABELS, element, labels

Make = Callable[..., Kopia]


def test_listing_asks_for_all_of_it(fake_kopia: Make) -> None:
    kopia = fake_kopia(printing([element()], LABELS))
    assert len(listing(kopia)) == 1


def printing(elements: list[Any], labels: Mapping[str, Any], *unreadable: str) -> str:
    """The body of a kopia that lists these, and logs what it could not read."""
    lists = {
        "snapshot list --all --json --no-retention": elements,
        "manifest list --json --filter=type:snapshot": [
            {"id": number, "length": 1, "labels": of} for number, of in labels.items()
        ],
    }
    logged = [
        {
            "m": f"unable to parse snapshot manifest {number}: unable to find manifest entries:"
            f' unable to unmarshal "{number}": json: cannot unmarshal string'
        }
        for number in unreadable
    ]
    lines = "\n".join(json.dumps(line) for line in logged)
    texts = {command: json.dumps(answer) for command, answer in lists.items()}
    return (
        f"print({texts!r}[' '.join(args[3:])])\n"
        f"print({lines!r} if 'snapshot' in args else '', file=sys.stderr)"
    )


OTHER = Identity("data-backup", "elsewhere")


def test_a_manifest_that_kopia_leaves_out_is_told_to_its_own_pvc_only(fake_kopia: Make) -> None:
    more = {**LABELS, "f" * 32: labels(hostname="elsewhere")}
    kopia = fake_kopia(printing([element()], more, "f" * 32))
    assert len(listing(kopia, DATA)) == 1
    for identity in (OTHER, None):
        with pytest.raises(SuspectError, match="kopia manifest delete ffff"):
            listing(kopia, identity)


def test_a_manifest_of_which_nothing_is_known_is_everybodys_trouble(fake_kopia: Make) -> None:
    kopia = fake_kopia(printing([element()], LABELS, "f" * 32))
    with pytest.raises(RepositoryError, match="may be of anybody"):
        listing(kopia, DATA)


@pytest.mark.parametrize("answer", ["", "{", "5", "[5]", "[{}]", '[{"id": "x", "labels": 5}]'])
def test_without_the_labels_there_is_no_list(fake_kopia: Make, answer: str) -> None:
    kopia = fake_kopia(f"print({json.dumps([element()])!r} if 'snapshot' in args else {answer!r})")
    with pytest.raises(RepositoryError, match="list of manifests"):
        listing(kopia)


@pytest.mark.parametrize(
    "words",
    [
        "unable to parse snapshot manifest f: unable to find manifest entries: input/output error",
        "unable to parse snapshot manifest f: snapshot not found",
        "cannot read: unable to parse snapshot manifest f: unable to unmarshal",
    ],
)
def test_any_other_failure_to_read_a_manifest_is_the_storages(fake_kopia: Make, words: str) -> None:
    line = json.dumps({"m": words})
    kopia = fake_kopia(f"{printing([element()], LABELS)}\nprint({line!r}, file=sys.stderr)")
    with pytest.raises(KopiaError, match="kopia failed"):
        listing(kopia)


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
