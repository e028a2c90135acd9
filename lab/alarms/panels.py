"""Whether every panel of the dashboard has data, once everything has happened."""

from lab.monitoring import prometheus
from manifests.dashboard import ROWS

ANY, WINDOW = ".*", "30m"


def without_data() -> list[str]:
    """Panels of which no query has a sample."""
    empty = []
    for row in ROWS:
        for panel in row.panels:
            filled = (
                query.expr.replace("$namespace", ANY).replace("$__interval", WINDOW)
                for query in panel.queries
            )
            if not any(map(prometheus.query, filled)):
                empty.append(f"{row.title}: {panel.title}")
    return empty
