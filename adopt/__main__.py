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
    """What may be asked."""
    made = argparse.ArgumentParser(
        prog="adopt", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("repository", type=Path, help="folder where the export is mounted")
    made.add_argument(
        "--password-file", type=Path, required=True, metavar="FILE", help="its password"
    )
    source = made.add_mutually_exclusive_group()
    source.add_argument(
        "--pvcs", type=Path, metavar="FILE", help="output of: kubectl get pvc -A -o json"
    )
    source.add_argument("--no-cluster", action="store_true", help="look at the repository alone")
    source.add_argument("--context", default="", help="context of the kubeconfig")
    made.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="NAMESPACE",
        help="one that the stack excludes; can be repeated",
    )
    made.add_argument("--kopia", default="kopia", help="the kopia to run (kopia)")
    made.add_argument("--kubectl", default="kubectl", help="the kubectl to run (kubectl)")
    made.add_argument("--json", action="store_true", help="print JSON")
    return made


def look(given: argparse.Namespace) -> Report:
    """The report, or KopiaError or ClusterError."""
    password_file = given.password_file.absolute()
    found = repository.read(given.repository.absolute(), password_file, given.kopia)
    seen = _cluster(given)
    if seen and seen.pinned and seen.pinned != found.unique_id:
        text = f"this cluster works with repository {seen.pinned}, not {found.unique_id}"
        raise ClusterError(f"{text}; give the path of its export, or another --context")
    return report(
        found,
        seen,
        excluded=excluded_namespaces(given.exclude),
        password_file=str(password_file),
        kopia=given.kopia,
        now=datetime.now(UTC),
    )


def _cluster(given: argparse.Namespace) -> Cluster | None:
    if given.no_cluster:
        return None
    if given.pvcs:
        return cluster.read_pvcs(given.pvcs)
    return cluster.read(Kubectl(binary=given.kubectl, context=given.context).get)


def main(words: Sequence[str] | None = None) -> int:
    """The exit code."""
    given = parser().parse_args(words)
    try:
        told = look(given)
    except KopiaError as error:
        return _unread(
            f"repository {given.repository}: {error.reason}",
            "mount the export that holds kopia.repository.f, readable by you, and check"
            " --password-file and --kopia (0.23 or later)",
        )
    except ClusterError as error:
        return _unread(
            f"cluster: {error}", "check --context and your rights to list, or use --pvcs FILE"
        )
    print(json.dumps(body(told, given.kopia), indent=2) if given.json else text(told, given.kopia))
    return 0 if told.is_settled else LEFT


def _unread(what: str, how: str) -> int:
    print(
        f"adopt: {what}\nadopt: nothing is known, which is not 'no backup'; {how}", file=sys.stderr
    )
    return UNREAD


if __name__ == "__main__":
    sys.exit(main())
