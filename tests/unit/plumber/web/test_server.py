import asyncio
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import not_a_server_error

from contract.answer import DECISION, EXISTS, LIVEZ, Field
from lab.cluster.loopback import free_port
from manifests.params import PolicyParams
from plumber.web import openapi
from tests import loopback
from tests.effort import examples

ROOT = Path(__file__).parents[4]
KEYS = {value for name, value in vars(Field).items() if name.isupper()}
END = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
Start = Callable[..., "Served"]


class Served:
    """A process that serves; asked over bare sockets, so that nothing tidies a request up."""

    def __init__(self, drain: float, seconds: float) -> None:
        self.port = free_port()
        command = ["-m", "tests.unit.plumber.served", str(self.port), str(drain), str(seconds)]
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in end()
        self.process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, stdout=self.log, stderr=self.log
        )
        deadline = time.monotonic() + 20
        while not self.is_up():
            assert time.monotonic() < deadline
            assert self.process.poll() is None
            time.sleep(0.02)

    def is_up(self) -> bool:
        try:
            return self.raw(f"GET {LIVEZ}".encode() + END)[0] == 200
        except OSError:
            return False

    def raw(self, request: bytes, address: str = loopback.IPV4) -> tuple[int, bytes]:
        """Status and body of what comes back until the connection ends."""
        with socket.create_connection((address, self.port), timeout=20) as connection:
            connection.sendall(request)
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
        head, _, body = b"".join(parts).partition(b"\r\n\r\n")
        return int(head.split()[1]), body

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        status, body = self.raw(f"GET {path}".encode() + END)
        return status, json.loads(body)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    served = Served(drain=0.0, seconds=0.0)
    yield served
    served.end()


@pytest.mark.parametrize("address", loopback.ADDRESSES)
def test_it_answers_at_each_address_of_its_pod(served: Served, address: str) -> None:
    status, _ = served.raw(f"GET {LIVEZ}".encode() + END, address)
    assert status == 200


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Served] = []

    def make(*, drain: float, seconds: float) -> Served:
        started.append(Served(drain, seconds))
        return started[-1]

    yield make
    for one in started:
        one.end()


def test_it_answers(served: Served) -> None:
    status, answer = served.get(f"{DECISION}/media/data")
    assert (status, answer[Field.DECISION]) == (200, "restore")
    assert served.get(f"{EXISTS}/media/new")[1][Field.DECISION] == "fresh"


def test_it_answers_by_the_absolute_name_that_policies_ask_for(served: Served) -> None:
    host = PolicyParams().plumber_url.removeprefix("http://").encode()
    request = (
        b"GET " + DECISION.encode() + b"/media/data" + END.replace(b"Host: x", b"Host: " + host)
    )
    assert host.endswith(b".")
    assert served.raw(request)[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        b"/exists/media%2Fdata",
        b"/exists/media/d%61ta",
        b"/exists/media/data%00",
        b"/exists/media/data%0d%0aX:y",
        b"/exists/media/%ff%fe",
        b"/exists/media/%c3%a4",
        b"/exists/media/..",
        b"/exists/../data",
        b"/exists/./data",
        b"/exists//data",
        b"/exists/media/data/",
        b"/exists/media/" + b"d" * 254,
        b"/exists/media/" + b"d" * 8000,
        b"/exists/media/data?asOf=%ff",
        b"/exists/media/data?asOf=%00",
        b"/exists/media/data?startEmpty=" + b"a" * 8000,
    ],
)
def test_a_malformed_question_is_a_400_in_json_that_repeats_nothing(
    served: Served, path: bytes
) -> None:
    status, body = served.raw(b"GET " + path + END)
    answer = json.loads(body)
    assert status == (404 if b"%0a" in path else 400)  # a line break leads nowhere
    assert (set(answer), answer[Field.DECISION]) == (KEYS, "unknown")
    assert (answer[Field.NAMESPACE], answer[Field.PVC]) == ("", "")
    assert b"media" not in body


@pytest.mark.parametrize(
    "body",
    [b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
)
def test_a_question_with_a_body_is_refused(served: Served, body: bytes) -> None:
    head = b"GET /exists/media/data HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    status, answer = served.raw(head + body)
    assert (status, set(json.loads(answer))) == (400, KEYS)


def test_a_huge_body_is_refused_before_it_has_arrived(served: Served) -> None:
    head = b"POST /exists/media/data HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    status, answer = served.raw(head + b"Content-Length: 999999999\r\n\r\n" + b"z" * 1000)
    assert (status, set(json.loads(answer))) == (405, KEYS)


@pytest.mark.parametrize(
    "request_",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET /exists/media/d\xc3\xa4ta" + END,
        b"GET /exists/media/da\x01ta" + END,
        b"GET /exists/media/da ta" + END,
        b"GET /exists/media/<script>" + END,
        b"GET /exists/media/" + b"d" * 100_000 + END,
        b"GET /exists/media/data HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET /exists/media/data HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    ],
    ids=[
        "garbage",
        "raw-utf8",
        "control",
        "space",
        "markup",
        "long-path",
        "long-header",
        "many-headers",
    ],
)
def test_what_is_no_http_is_refused_and_the_next_one_answered(
    served: Served, request_: bytes
) -> None:
    try:
        status, body = served.raw(request_)
    except OSError:  # closed while we were still sending
        status, body = 400, b""
    assert 400 <= status < 500
    assert b"media" not in body
    assert served.get(f"{EXISTS}/media/data")[0] == 200


def test_five_hundred_who_wait_are_answered_together(start: Start) -> None:
    patient = start(drain=0.0, seconds=1.0)

    async def ask(number: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", patient.port)
        writer.write(f"GET {DECISION}/media/new-{number}".encode() + END)
        answer = await reader.read()
        writer.close()
        return answer

    async def crowd() -> list[bytes]:
        return await asyncio.gather(*(ask(number) for number in range(500)))

    began = time.monotonic()
    answers = asyncio.run(crowd())
    assert all(a.startswith(b"HTTP/1.1 200") and b'"fresh"' in a for a in answers)
    assert time.monotonic() - began < 30  # one after the other it would be minutes


def test_after_a_signal_it_answers_newcomers_and_those_who_wait(start: Start) -> None:
    ending = start(drain=1.0, seconds=1.5)
    ending.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert ending.get(f"{DECISION}/media/new")[1][Field.DECISION] == "fresh"
    assert ending.process.wait(timeout=10) == 0


def test_its_log_is_json_to_the_last_line(start: Start) -> None:
    talking = start(drain=0.0, seconds=0.0)
    talking.get(f"{DECISION}/media/data")
    talking.process.send_signal(signal.SIGTERM)
    talking.process.wait(timeout=10)
    talking.log.seek(0)
    lines = [json.loads(line) for line in talking.log]
    assert "answered" in {line["msg"] for line in lines}
    assert all(line["time"].endswith("Z") for line in lines)  # when, not of which snapshot


@schemathesis.openapi.from_dict(openapi.DOCUMENT).parametrize()
@settings(max_examples=examples(40))
def test_whatever_is_asked_is_answered_as_the_document_says(
    served: Served, case: schemathesis.Case
) -> None:
    url = f"http://127.0.0.1:{served.port}"
    # 503 is an answer here; a real fault is 500.
    response = case.call_and_validate(base_url=url, excluded_checks=[not_a_server_error])
    assert response.status_code != 500
