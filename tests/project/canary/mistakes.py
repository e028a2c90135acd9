"""Two known mistakes that the type checker must report; scripts/check counts them."""

from typing import TypedDict


class Spec(TypedDict, total=False):
    """The shape of a workload."""

    replicas: int


MISSPELT: Spec = {"replcas": 2}
WRONG_TYPE: Spec = {"replicas": "two"}
