import pytest

from adopt.cluster import ClusterError
from adopt.volume import note, volumes
from contract.scope import ALWAYS_EXCLUDED
from tests.unit.adopt.origin import origin, pvc


def test_pvcs_that_volsync_makes_for_a_moment_are_not_looked_at():
    found = volumes(origin()["persistentvolumeclaims"])
    assert [str(one.claim) for one in found] == ["media/cache", "media/data", "media/pg-1"]
    assert [one.is_wanted for one in found] == [False, True, True]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (pvc("data"), ""),
        (pvc("data", label=""), "without a label"),
        (pvc("data", label="weekly"), "without a label"),
        (pvc("data", "kyverno"), "excluded"),
        (pvc("pg-1", **{"cnpg.io/cluster": "pg"}), "database"),
        (pvc("x" * 64), "more than 63"),
    ],
)
def test_a_pvc_that_would_be_left_alone_says_why(raw, words):
    (one,) = volumes([raw])
    said = note(one, ALWAYS_EXCLUDED)
    assert words in said
    assert bool(said) == bool(words)


@pytest.mark.parametrize("raw", [{}, {"metadata": {}}, {"metadata": None}, pvc("A b")])
def test_a_pvc_that_cannot_be_read_is_an_error(raw):
    with pytest.raises(ClusterError, match="cannot be read"):
        volumes([raw])
