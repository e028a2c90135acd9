"""The dashboard's variables: data source and namespaces."""

from typing import Any

from manifests.promql import PVC_PHASE

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# All namespaces with a PVC, backed up or not.
_NAMESPACES = f"label_values({PVC_PHASE}, namespace)"

VARIABLES: list[dict[str, Any]] = [
    {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": DATASOURCE["type"],
        "refresh": 1,  # when the dashboard is opened
    },
    {
        "name": "namespace",
        "label": "Namespace",
        "type": "query",
        "datasource": DATASOURCE,
        "query": _NAMESPACES,
        "refresh": 2,  # when the time range changes
        "sort": 1,  # by name
        "multi": True,
        "includeAll": True,
        "allValue": ".*",  # also those whose PVCs are gone
        "current": {"text": ["All"], "value": ["$__all"]},
    },
]


def namespace_matcher(label: str) -> str:
    """A label matcher for the namespaces chosen in the dashboard."""
    return f'{label}=~"$namespace"'
