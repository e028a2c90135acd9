import json

import pytest

from contract.names import Claim
from plumber.admission.review import MalformedReview, read, response
from tests.unit.plumber.admission.reviews import OURS, review


def _read(**changes):
    asked = review("CREATE", **changes)
    return read(json.dumps(asked).encode())


def test_a_review_names_its_pvc():
    assert _read().claim == Claim("media", "data")


@pytest.mark.parametrize(
    ("source", "is_own"),
    [
        (OURS, True),
        ({**OURS, "namespace": None}, True),
        ({**OURS, "namespace": "media"}, True),
        ({**OURS, "namespace": "vault"}, False),
        ({**OURS, "apiGroup": None}, False),
        ({**OURS, "name": "data"}, False),
    ],
)
def test_only_its_own_destination_is_its_own(source, is_own):
    assert _read(dataSourceRef=source).names_its_destination is is_own
    assert not _read().names_its_destination


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"request": {"uid": 1}}'])
def test_anything_else_is_malformed(body):
    with pytest.raises(MalformedReview):
        read(body)


def test_a_denial_is_forbidden_with_its_words():
    assert response("7", "")["response"] == {"uid": "7", "allowed": True}
    status = {"code": 403, "reason": "Forbidden", "message": "no"}
    assert response("7", "no")["response"] == {"uid": "7", "allowed": False, "status": status}
