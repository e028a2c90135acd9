"""A report on the origin's cluster and a repository with these sources."""

from datetime import timedelta
from pathlib import Path

from adopt.cluster import Cluster
from adopt.report import Report, report
from adopt.repository import Contents
from contract.repository import UID
from contract.scope import ALWAYS_EXCLUDED
from tests.unit.adopt.snapshots import NOON, listed

PATH = Path("/mnt/repository")


def report_on(
    *names: str, cluster: Cluster | None, owner: str = "maintenance@volsync", uid: int = UID
) -> Report:
    contents = Contents(
        path=PATH,
        unique_id="ab" * 32,
        owner=owner,
        uids=frozenset({uid}),
        histories=listed(*names),
    )
    return report(
        contents,
        cluster,
        excluded=ALWAYS_EXCLUDED,
        password_file="/mnt/password",
        kopia="kopia",
        now=NOON + timedelta(hours=2),
    )
