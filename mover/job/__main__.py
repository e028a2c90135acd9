"""The program of a mover's Job: `python -m mover.job`. Its result is one JSON object."""

import os
import sys
from pathlib import Path

from mover.job.operation import carry_out
from mover.result import encode

TERMINATION_LOG = Path("/dev/termination-log")
FAILED = 1


def main(log: Path = TERMINATION_LOG) -> int:
    """Does what the environment orders, and leaves the result."""
    result = carry_out(os.environ)
    text = encode(result)
    log.write_text(text)
    print(text)
    return 0 if result.verified else FAILED


if __name__ == "__main__":
    sys.exit(main())
