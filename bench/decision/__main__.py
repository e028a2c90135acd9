"""How fast pvc-plumber answers, how soon it knows, and what it costs, on a big repository.

Two things are measured on the same machine by the same generator of load: a Go server that always
gives the same answer (the machine's limit), and one kopia process for each request (the naive way).
"""

import argparse
import asyncio
import json
import logging
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from bench import report, repository
from bench.decision.load import FIGURES, limit, load, path_file
from bench.repository import Built, claims
from bench.service import PLUMBER, Service, ask, ask_all, started
from contract.answer import Decision, Field, Status, decision_path
from contract.names import Claim, identity, source_name
from contract.times import exact_text
from contract.volsync import PROVIDER, SpecKey, StatusKey
from kopia.repository import connect
from lab.pins import BY_NAME
from lab.polling import Interval, wait_until
from plumber.repository.reader import READER

CONNECTIONS = (1, 50, 200)
ROUNDS = 3  # of which the middle one counts; neighbours make noise
ASKERS = 500
SEEN_LIMIT = 120.0  # seconds after which a snapshot counts as never seen
INTERVAL = Interval(0.1, 0.1)
NAIVE = 20  # requests in the naive way
IDLE = 40.0  # seconds; longer than the pause between two listings
SERVERS = {"granian": PLUMBER, "uvicorn": "bench.decision.uvicorn_server"}
NEVER = [Claim("never", f"backed-up-{number}") for number in range(ASKERS)]


class Bench:
    """One big repository, the generator of load, and the figures so far."""

    def __init__(self, built: Built, folder: Path, seconds: float) -> None:
        self._built, self._folder, self._seconds = built, folder, seconds
        self.figures: dict[str, float] = {}

    def note(self, **figures: float) -> None:
        """Keeps figures, and shows them as they come."""
        rounded = {name: round(value, 3) for name, value in figures.items()}
        print(", ".join(f"{name} {value:g}" for name, value in rounded.items()), flush=True)
        self.figures |= rounded

    def warm(self, service: Service, identities: int) -> None:
        """Restores of all PVCs in turn, against the same bytes from a Go server."""
        questions = [decision_path(claim) for claim in claims(identities)]
        paths = path_file(self._folder / "paths", questions)
        status, answer = asyncio.run(ask(service.port, questions[0]))
        if status != Status.KNOWN or answer[Field.DECISION] != Decision.RESTORE:
            raise ValueError(f"not a restore: {status} {answer}")
        body = self._folder / "body"
        body.write_text(json.dumps(answer, separators=(",", ":")))
        with limit(body) as go:
            for connections in CONNECTIONS:
                # In turn, so that a busy neighbour hits both.
                pairs = [
                    [
                        load(where, paths, connections, self._seconds)
                        for where in (service.address, go)
                    ]
                    for _ in range(ROUNDS)
                ]
                for side, name in enumerate(("", "go_")):
                    for key in FIGURES:
                        middle = statistics.median(pair[side][key] for pair in pairs)
                        self.note(**{f"{name}{key}_{connections}": middle})

    def compare(self) -> None:
        """The ratios that have a target, each where it is worst."""
        so_far = self.figures
        self.note(
            p99_over_go_200=so_far["p99_ms_200"] / so_far["go_p99_ms_200"],
            rate_over_go=min(so_far[f"rate_{n}"] / so_far[f"go_rate_{n}"] for n in CONNECTIONS[1:]),
        )

    def first_negative(self) -> None:
        """From a start with an empty cache: 500 ask at once for what was never backed up."""
        bare, first, denied = [], [], 0
        for number in range(ROUNDS):
            bare.append(self._bare_listing(self._folder / f"bare-{number}"))
            with started(self._built, self._folder / f"first-{number}") as service:
                start = time.perf_counter()
                denied += asyncio.run(_until_fresh(service, NEVER))
                first.append(time.perf_counter() - start)
        listing, negative = statistics.median(bare), statistics.median(first)
        self.note(
            bare_listing_s=listing,
            first_negative_s=negative,
            first_negative_denied=denied,
            first_negative_over_listing=negative / listing,
        )

    def negative(self, service: Service) -> None:
        """The same while it runs: 500 at once, and one alone."""
        for askers, name in ((ASKERS, "negative_500_s"), (1, "negative_1_s")):
            paths = [decision_path(claim) for claim in NEVER[:askers]]
            self.note(**{name: _middle(partial(_answered, service, paths))})

    def time_until_seen(self, service: Service, writer: Path) -> None:
        """How long until a snapshot that has just ended is the one to restore."""
        kopia = self._built.kopia(writer)
        connect(kopia, self._built.path, readonly=False, identity=READER)
        source = self._folder / "source"
        source.mkdir()
        (source / "file").write_text("content")
        silent, announced = Claim("app-0", "data-0"), Claim("app-0", "data-1")
        for claim, name in ((silent, "seen_after_s"), (announced, "told_after_s")):
            at = datetime.now(UTC).replace(microsecond=0)
            number = repository.back_up(kopia, claim, source, at)
            ended = time.perf_counter()
            if claim is announced:
                service.cluster.put_source(
                    _source(claim, self._built.unique_id, number, exact_text(at))
                )
            self.note(**{name: self._answered_at(service, claim, exact_text(at)) - ended})

    def naive(self) -> None:
        """One kopia process for each request, with a warm cache."""
        kopia = self._built.kopia(self._folder / "naive")
        connect(kopia, self._built.path, readonly=True, identity=READER)

        def seconds_of_listing(claim: Claim) -> float:
            began = time.perf_counter()
            kopia.run("snapshot", "list", str(identity(claim)), "--json")
            return time.perf_counter() - began

        with ThreadPoolExecutor(max_workers=4) as pool:
            began = time.perf_counter()
            times = sorted(pool.map(seconds_of_listing, claims(NAIVE)))
            took = time.perf_counter() - began
        self.note(naive_rate=NAIVE / took, naive_p50_ms=statistics.median(times) * 1000)

    def idle(self, service: Service) -> None:
        """Measures memory and processor time while no requests come."""
        began = service.cpu()
        time.sleep(IDLE)
        self.note(
            idle_cpu_percent=(service.cpu() - began) / IDLE * 100,
            memory_mib=service.memory() / 2**20,
        )

    def _bare_listing(self, state: Path) -> float:
        """As a person lists from a machine that has never seen the repository."""
        kopia = self._built.kopia(state)
        began = time.perf_counter()
        kopia.run("repository", "connect", "filesystem", f"--path={self._built.path}", "--readonly")
        kopia.run("snapshot", "list", "--all", "--json", "--no-retention")
        return time.perf_counter() - began

    @staticmethod
    def _answered_at(service: Service, claim: Claim, at: str) -> float:
        """When the snapshot of that time is the answer for the first time."""

        def is_answer() -> bool:
            _, body = asyncio.run(ask(service.port, decision_path(claim)))
            return body[Field.TIME] == at

        wait_until(f"the snapshot of {at}", is_answer, SEEN_LIMIT, INTERVAL)
        return time.perf_counter()


def _source(claim: Claim, unique_id: str, number: str, at: str) -> dict[str, object]:
    """What the mover writes when a backup has ended."""
    result = {
        StatusKey.REPOSITORY: unique_id,
        StatusKey.SNAPSHOT: number,
        StatusKey.SNAPSHOT_TIME: at,
    }
    parameters = {SpecKey.USER: identity(claim).user}
    return {
        "metadata": {"namespace": claim.namespace, "name": source_name(claim)},
        "spec": {"external": {"provider": PROVIDER, "parameters": parameters}},
        "status": {"external": result},
    }


async def _until_fresh(service: Service, never: list[Claim]) -> int:
    """Asks for all at once, and again for those denied; returns the number of denials."""
    paths, denied = [decision_path(claim) for claim in never], 0
    while paths:
        answers = await ask_all(service.port, paths)
        answered = zip(paths, answers, strict=True)
        paths = [path for path, (_, body) in answered if body[Field.DECISION] != Decision.FRESH]
        denied += len(paths)
    return denied


def _answered(service: Service, paths: list[str]) -> None:
    asyncio.run(ask_all(service.port, paths))


def _middle(call: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def main() -> None:
    """Measures, prints each figure as it comes, and all of them at the end."""
    logging.disable()  # of the stand-in of the API server, which runs in this process
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--identities", type=int, default=1000)
    parser.add_argument("--server", choices=SERVERS, default="granian")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement of load")
    args = parser.parse_args()
    report.machine(
        kopia=BY_NAME["kopia"].pin,
        **{name: version(name) for name in ("starlette", args.server, "uvloop")},
    )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        built = repository.copied(folder / "built", identities=args.identities)
        bench = Bench(built, folder, args.seconds)
        bench.naive()
        bench.first_negative()
        with started(built, folder / "warm", SERVERS[args.server]) as service:
            service.wait_ready()
            bench.idle(service)
            bench.negative(service)
            bench.warm(service, args.identities)
            bench.time_until_seen(service, folder / "writer")
        bench.compare()
    report.last(bench.figures)


if __name__ == "__main__":
    main()
