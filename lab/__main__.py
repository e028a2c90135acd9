"""`python -m lab`: a real one-node cluster on this machine, up, down and everything between."""

import argparse
import fcntl
import json
import os
import sys
import time
from collections.abc import Sequence

from lab import paths, status, tools
from lab.cluster import api, charts
from lab.errors import LabError
from lab.node import component, namespaces, packages

PASSING_ON = {
    "kubectl": "Run kubectl with the lab's kubeconfig.",
    "pulumi": "Run the Pulumi CLI with the lab's home, backend, passphrase and stack.",
    "exec": "Run a command inside the node's namespaces.",
}
CHANGING = {"up", "down", "tools", "charts", "images", "stop"}


def parser() -> argparse.ArgumentParser:
    """The commands and their help."""
    top = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    def command(name: str, about: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=about, description=about)

    command("up", "Bring the cluster up; what runs already is left alone.")
    ending = command("down", "Kill the cluster and remove its state; caches stay.")
    ending.add_argument(
        "--keep-export",
        action="store_true",
        help="leave what outlives a cluster: the NFS export, and the passwords in the secret store",
    )
    command("status", "Show what runs; exit code 1 when something does not.")
    logs = command("logs", "List the logs, or show the end of one.")
    logs.add_argument("component", nargs="?")
    logs.add_argument("-f", "--follow", action="store_true", help="wait for more lines")
    logs.add_argument("-n", "--lines", default="200", help="how many lines (200)")
    stop = command("stop", "Stop one component, to see what happens then; `up` starts it again.")
    stop.add_argument("component")
    command(
        "tools",
        "Install the packages, find or build every tool; the last line is JSON.",
    )
    command("charts", "Prepare the charts of Kyverno and VolSync in lab/charts.")
    command("images", "Pack what changed and import it, for a new version of our code.")
    for name, about in PASSING_ON.items():
        command(name, about).add_argument("words", nargs="*", metavar="...")
    return top


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Parses a command line; what follows kubectl, pulumi or exec is passed on untouched."""
    if words and words[0] in PASSING_ON and list(words[1:]) not in (["-h"], ["--help"]):
        rest = list(words[1:])
        return argparse.Namespace(command=words[0], words=rest[1:] if rest[:1] == ["--"] else rest)
    return parser().parse_args(words)


def run(options: argparse.Namespace) -> int:
    """Carries out one command; its exit code is the answer."""
    # Imported here: `status` and `kubectl` stay quick.
    from lab import down, pulumi, up

    match options.command:
        case "up":
            down.claim()
            up.up()
        case "down":
            down.down(keep_export=options.keep_export)
        case "status":
            return 0 if status.status(tools.ensure(["kubectl"]).get("kubectl")) else 1
        case "logs":
            return _logs(options)
        case "stop":
            _stop(options.component)
        case "tools":
            packages.install()
            _tools()
        case "charts":
            print("prepared" if charts.prepare() else "unchanged")
        case "images":
            up.images(namespaces.running())
        case "kubectl":
            kubectl = str(tools.ensure(["kubectl"])["kubectl"])
            os.execve(kubectl, [kubectl, *options.words], api.kubectl_environment())  # noqa: S606
        case "pulumi":
            return pulumi.run(tools.ensure(["pulumi", "pulumi-resource-kubernetes"]), options.words)
        case "exec":
            command = namespaces.running().command(options.words or ["bash"])
            os.execvp(command[0], command)  # noqa: S606
    return 0


def _tools() -> None:
    start = time.monotonic()
    times = tools.build()
    total = time.monotonic() - start
    for name, path in tools.ensure().items():
        print(f"{name:<28} {path}")
    print(json.dumps({"cold_s": times, "cold_total_s": round(total, 1)}))


def _logs(options: argparse.Namespace) -> int:
    if options.component is None:
        for log in sorted(paths.LOGS.glob("*.log")):
            print(f"{log.stem:<24} {log.stat().st_size:>10} bytes  {log}")
        return 0
    follow = ["-f"] if options.follow else []
    log = str(status.log_file(options.component))
    os.execvp("tail", ["tail", *follow, "-n", options.lines, log])  # noqa: S606


def _stop(name: str) -> None:
    process = component.process(name)
    if process is None:
        raise LabError(f"no component {name}; there are: {' '.join(status.known_components())}")
    process.stop()


def main(words: Sequence[str] | None = None) -> int:
    """Parses, takes the lock where something changes, and turns known errors into one message."""
    options = parse(sys.argv[1:] if words is None else words)
    try:
        if os.geteuid() != 0:
            raise LabError("the lab makes namespaces and mounts: run it as root (sudo)")
        if problem := paths.problem():
            raise LabError(problem)
        if options.command not in CHANGING:
            return run(options)
        paths.CACHE.mkdir(parents=True, exist_ok=True)
        with (paths.CACHE / "lab.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return run(options)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
