"""A Service of the lab at a port of this machine, as docs/runbook.md tells people to reach it."""

import os
import re
import subprocess
from collections.abc import Generator
from contextlib import contextmanager

from lab import paths, tools


@contextmanager
def forwarded(namespace: str, service: str, port: int = 80) -> Generator[str]:
    """Its URL, until the end of the block."""
    kubectl = str(tools.ensure(["kubectl"])["kubectl"])
    words = (kubectl, "-n", namespace, "port-forward", f"service/{service}", f":{port}")
    environment = {**os.environ, "KUBECONFIG": str(paths.KUBECONFIG)}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            address = re.search(r"127\.0\.0\.1:\d+", line)
            assert address, f"no port is forwarded to {service}: {line!r}"
            yield f"http://{address[0]}"
        finally:
            process.terminate()
