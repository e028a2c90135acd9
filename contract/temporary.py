"""Volumes that VolSync and the mover make while they work, which are no application's."""

from collections.abc import Mapping
from typing import Any

from contract.labels import POPULATOR_PREFIX, POPULATOR_PVC_FOR, ROLE
from contract.volsync import API_GROUP


def is_temporary(metadata: Mapping[str, Any]) -> bool:
    """Whether a PVC with this metadata is one of them.

    By what no PVC of an application has: the mover's label, which is denied to everybody else, the
    populator's label and name, or an owner that is VolSync's. The policies ask the same in CEL.
    """
    labels = metadata.get("labels") or {}
    owners = metadata.get("ownerReferences") or ()
    is_prime = POPULATOR_PVC_FOR in labels and metadata["name"].startswith(POPULATOR_PREFIX)
    is_owned = any(owner["apiVersion"].startswith(f"{API_GROUP}/") for owner in owners)
    return ROLE in labels or is_prime or is_owned
