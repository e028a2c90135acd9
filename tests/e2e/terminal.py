"""A terminal of somebody who has this checkout and works on the lab's cluster."""

import os
import shlex
import sys
from pathlib import Path

from lab import paths, tools
from tests.project.pages.terminal import Terminal

# Who is root needs no sudo; who is asked by `up` whether to go on says yes.
PROGRAMS = {
    "sudo": 'exec "$@"',
    "pulumi": '[ "$1" != up ] || set -- "$@" --yes\n'
    f'exec {shlex.quote(sys.executable)} -m lab pulumi "$@" --stack lab',
}


def terminal(folder: Path, /, **values: str) -> Terminal:
    """`folder` holds what it needs; `values` are those of the places on the pages."""
    for name, line in PROGRAMS.items():
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    kubectl = tools.ensure(["kubectl"])["kubectl"]
    path = f"{folder}:{kubectl.parent}:{os.environ['PATH']}"  # noqa: TID251 - for all else
    environ = {**os.environ, "PATH": path, "KUBECONFIG": str(paths.KUBECONFIG)}  # noqa: TID251
    return Terminal(paths.ROOT, environ, values)
