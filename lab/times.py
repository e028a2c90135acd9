"""How long the lab takes on a machine that has never built it, and the demo on one that has.

The cores should have nothing else to do. Go's module cache stays, so the network has no part in it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any


def last_line(words: Sequence[str], **environment: str) -> dict[str, Any]:
    """Runs a Python module and reads the JSON object that it ends with."""
    run = subprocess.run(
        [sys.executable, "-m", *words],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(run.stdout.splitlines()[-1])


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="scripts/lab-times", description=__doc__)
    parser.add_argument(
        "--cold", action="store_true", help="without the demo, which removes a lab that runs"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as empty:
        seconds = last_line(["lab", "tools"], GOCACHE=f"{empty}/go", XDG_CACHE_HOME=empty)
    if not options.cold:
        subprocess.run([sys.executable, "-m", "lab", "tools"], stdout=sys.stderr, check=True)
        subprocess.run([sys.executable, "-m", "lab", "down"], stdout=sys.stderr, check=True)
        seconds["demo_warm_s"] = last_line(["lab.demo"])["demo_s"]
    print(json.dumps(seconds))


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"lab-times: {error}")
