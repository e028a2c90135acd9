"""Whether every panel of the dashboard had data while everything happened."""

from lab.monitoring import prometheus
from manifests.dashboard import ROWS

ANY, WINDOW = ".*", "30m"


def without_data(since: float) -> list[str]:
    """Panels of which no query had a sample at any time since then (Unix time, seconds)."""
    empty = []
    for row in ROWS:
        for panel in row.panels:
            filled = (
                query.expr.replace("$namespace", ANY).replace("$__interval", WINDOW)
                for query in panel.queries
            )
            if not any(prometheus.ever(query, since) for query in filled):
                empty.append(f"{row.title}: {panel.title}")
    return empty
