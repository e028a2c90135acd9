import pytest

from adopt.cluster import ClusterError
from adopt.volume import note, volumes
from contract.scope import ALWAYS_EXCLUDED
from tests.unit.adopt.origin import origin, pvc


def test_pvcs_that_volsync_makes_for_a_moment_are_not_looked_at():
    pvcs = volumes(origin()["persistentvolumeclaims"])
    assert [str(volume.claim) for volume in pvcs] == ["media/cache", "media/data", "media/pg-1"]
    assert [volume.is_wanted for volume in pvcs] == [False, True, True]


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
    (volume,) = volumes([raw])
    text = note(volume, ALWAYS_EXCLUDED)
    assert words in text
    assert bool(text) == bool(words)


@pytest.mark.parametrize("raw", [{}, {"metadata": {}}, {"metadata": None}, pvc("A b")])
def test_a_pvc_that_cannot_be_read_is_an_error(raw):
    with pytest.raises(ClusterError, match="cannot be read"):
        volumes([raw])
