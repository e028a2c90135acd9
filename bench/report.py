"""What every measurement prints: the machine first, and as its last line one JSON object."""

import json
import os
import platform
from collections.abc import Mapping


def machine(**versions: str) -> None:
    """Prints cores, memory, kernel, Python, and the versions of what is measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    print(f"machine: {cores} cores, {memory:.0f} GiB, {system}")
    all_versions = {"python": platform.python_version(), **versions}
    print("versions: " + ", ".join(f"{name} {version}" for name, version in all_versions.items()))


def last(figures: Mapping[str, object]) -> None:
    """Prints the figures as the last line."""
    print(json.dumps(figures), flush=True)
