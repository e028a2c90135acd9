"""Load on an HTTP service and the machine's limit, both by `http-limit` (lab/tools/http-limit)."""

import json
import subprocess
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from contract.answer import Status
from lab import tools

FIGURES = ("rate", "p50_ms", "p99_ms")


def load(address: str, paths: Path, connections: int, seconds: float) -> dict[str, float]:
    """Answers a second and their times in ms. Raises ValueError where one was no good answer."""
    command = [_program(), "load", address, str(paths), str(connections), str(seconds)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    result = json.loads(run.stdout)
    if list(result["codes"]) != [str(int(Status.KNOWN))]:
        raise ValueError(f"not only good answers: {result['codes']}")
    return {name: result[name] for name in FIGURES}


@contextmanager
def limit(body: Path) -> Generator[str]:
    """The address of a Go server that gives the same answer to everything."""
    command = [_program(), "serve", str(body)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def path_file(file: Path, paths: Iterable[str]) -> Path:
    """What `load` asks for, one a line."""
    file.write_text("\n".join(paths))
    return file


def _program() -> str:
    return str(tools.ensure(["http-limit"])["http-limit"])
