"""Tells what this system would make of an existing Kopia repository and cluster, changing neither.

Reads the repository through a read-only connection and the cluster with `kubectl get` only; then
prints which PVCs would be recognised, what has to be renamed, decided, set or removed, and in which
order. The lines that change something are printed for you to run.

exit codes: 0 read, and nothing is left to do; 3 read, and something is left to rename, to decide
or to remove; 1 the repository or the cluster could not be read, so nothing is known; 2 wrong usage
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from adopt import cluster, repository
from adopt.cluster import Cluster, ClusterError, Kubectl
from adopt.report import Report, body, report
from adopt.text import text
from contract.scope import excluded_namespaces
from kopia.command import KopiaError

UNREAD, LEFT = 1, 3


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(
        prog="adopt", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command.add_argument("repository", type=Path, help="folder where the export is mounted")
    command.add_argument(
        "--password-file", type=Path, required=True, metavar="FILE", help="its password"
    )
    source = command.add_mutually_exclusive_group()
    source.add_argument(
        "--pvcs", type=Path, metavar="FILE", help="output of: kubectl get pvc -A -o json"
    )
    source.add_argument("--no-cluster", action="store_true", help="look at the repository alone")
    source.add_argument("--context", default="", help="context of the kubeconfig")
    command.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="NAMESPACE",
        help="one that the stack excludes; can be repeated",
    )
    command.add_argument("--kopia", default="kopia", help="the kopia to run (kopia)")
    command.add_argument("--kubectl", default="kubectl", help="the kubectl to run (kubectl)")
    command.add_argument("--json", action="store_true", help="print JSON")
    return command


def look(options: argparse.Namespace) -> Report:
    """The report. Raises KopiaError or ClusterError."""
    password_file = options.password_file.absolute()
    contents = repository.read(options.repository.absolute(), password_file, options.kopia)
    live = _cluster(options)
    if live and live.pinned and live.pinned != contents.unique_id:
        problem = f"this cluster works with repository {live.pinned}, not {contents.unique_id}"
        raise ClusterError(f"{problem}; give the path of its export, or another --context")
    return report(
        contents,
        live,
        excluded=excluded_namespaces(options.exclude),
        password_file=str(password_file),
        kopia=options.kopia,
        now=datetime.now(UTC),
    )


def _cluster(options: argparse.Namespace) -> Cluster | None:
    if options.no_cluster:
        return None
    if options.pvcs:
        return cluster.read_pvcs(options.pvcs)
    return cluster.read(Kubectl(binary=options.kubectl, context=options.context).get)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    options = parser().parse_args(arguments)
    try:
        result = look(options)
    except KopiaError as error:
        return _unread(
            f"repository {options.repository}: {error.reason}",
            "mount the export that holds kopia.repository.f, readable by you, and check"
            " --password-file and --kopia (0.23 or later)",
        )
    except ClusterError as error:
        return _unread(
            f"cluster: {error}", "check --context and your rights to list, or use --pvcs FILE"
        )
    print(
        json.dumps(body(result, options.kopia), indent=2)
        if options.json
        else text(result, options.kopia)
    )
    return 0 if result.is_settled else LEFT


def _unread(problem: str, remedy: str) -> int:
    print(
        f"adopt: {problem}\nadopt: nothing is known, which is not 'no backup'; {remedy}",
        file=sys.stderr,
    )
    return UNREAD


if __name__ == "__main__":
    sys.exit(main())
