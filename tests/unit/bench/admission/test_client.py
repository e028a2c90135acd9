import json

from bench.admission.client import Answer, Request, _taken, reason


def test_a_creation_is_good_and_an_answer_that_never_came_is_not() -> None:
    assert Answer(seconds=1.0, status=201).is_good
    assert not Answer(seconds=1.0, status=403).is_good
    assert not Answer(seconds=1.0, status=0).is_good


def test_the_reason_is_what_the_server_said() -> None:
    body = json.dumps({"kind": "Status", "message": "denied"})
    assert reason(Answer(seconds=1.0, status=403, text=body)) == "denied"
    assert reason(Answer(seconds=1.0, status=502, text="[]")) == "[]"
    assert reason(Answer(seconds=1.0, status=502)) == "HTTP 502"


def test_clients_share_the_requests_without_taking_one_twice() -> None:
    queue = iter([Request(method="POST", path=str(number)) for number in range(4)])
    first, second = iter(_taken(queue)), iter(_taken(queue))
    assert [next(first).path, next(second).path, next(first).path] == ["0", "1", "2"]
    assert [request.path for request in second] == ["3"]
    assert list(first) == []
