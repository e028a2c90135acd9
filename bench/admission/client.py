"""A few clients of the API server at once, each with one connection that it keeps."""

import json
import ssl
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException, HTTPSConnection
from threading import Barrier
from urllib.parse import urlsplit

from lab import paths
from lab.node import pki

TIMEOUT = 60.0  # seconds; longer than all webhooks together may take
GOOD = (200, 201)
NO_ANSWER = 0  # in place of a status


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is sent; a body is JSON."""

    method: str
    path: str
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How one request ended, and how long it took."""

    seconds: float
    status: int
    text: str = ""  # the body

    @property
    def is_good(self) -> bool:
        """Whether the server did what was asked."""
        return self.status in GOOD


@dataclass(frozen=True, kw_only=True)
class Block:
    """Requests of one kind, sent in one go."""

    answers: tuple[Answer, ...]
    seconds: float
    client_cpu: float  # seconds of the processor that the clients themselves took


class Client:
    """One connection, opened by a request that is not counted."""

    def __init__(self) -> None:
        server = urlsplit(pki.SERVER)
        trusted = ssl.create_default_context(cafile=str(paths.PKI / "ca.crt"))
        self._connection = HTTPSConnection(
            str(server.hostname), server.port, timeout=TIMEOUT, context=trusted
        )
        token = pki.ADMIN_TOKEN.read_text().strip()
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.get("/readyz")

    def send(self, request: Request) -> Answer:
        """Sends a request and reads the whole answer."""
        began = time.perf_counter()
        try:
            status, body = self._call(request.method, request.path, request.body or None)
        except (OSError, HTTPException) as error:
            self._connection.close()  # the next request opens another one
            status, body = NO_ANSWER, f"no answer: {error}".encode()
        seconds = time.perf_counter() - began
        return Answer(seconds=seconds, status=status, text=body.decode())

    def get(self, path: str) -> str:
        """The body of a GET. Raises OSError unless it succeeds."""
        status, body = self._call("GET", path, None)
        if status not in GOOD:
            raise OSError(f"{path}: HTTP {status}")
        return body.decode()

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def _call(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        self._connection.request(method, path, body, self._headers)
        response = self._connection.getresponse()
        return response.status, response.read()


def send_all(requests: Sequence[Request], clients: int) -> Block:
    """Sends them all; each client takes the next one as soon as it has its answer."""
    queue, ready = iter(requests), Barrier(clients + 1, timeout=TIMEOUT)

    def work() -> list[Answer]:
        with closing(Client()) as client:
            ready.wait()
            return [client.send(request) for request in _taken(queue)]

    with ThreadPoolExecutor(clients) as pool:
        parts = [pool.submit(work) for _ in range(clients)]
        ready.wait()
        began, cpu = time.perf_counter(), time.process_time()
        answers = tuple(answer for part in parts for answer in part.result())
        return Block(
            answers=answers,
            seconds=time.perf_counter() - began,
            client_cpu=time.process_time() - cpu,
        )


def _taken(queue: Iterator[Request]) -> Iterable[Request]:
    # One step of a list's iterator is whole, so no request is taken twice.
    yield from queue


def reason(answer: Answer) -> str:
    """The server's message."""
    try:
        return str(json.loads(answer.text)["message"])
    except (ValueError, KeyError, TypeError):
        return answer.text or f"HTTP {answer.status}"
