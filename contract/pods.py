"""Where pods may run and what they may take, as a stack says it and as Kubernetes reads it.

Plain data, in the stack's words; `to_json` and `from_json` carry it to a program.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from contract.names import LABEL_LIMIT, is_dns_subdomain

KEPT_OFF = ("NoSchedule", "NoExecute")  # effects of a taint that keep a pod off its node

_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
_POWERS = "KMGTPE"
_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")


def amount(text: str) -> float:
    """What a quantity of Kubernetes stands for. Raises ValueError for one that is none or zero."""
    match = _QUANTITY.fullmatch(text)
    if match is None or not float(match[1]):
        raise ValueError("no amount")
    unit = match[2] or ""
    if unit in ("", "m"):
        return float(match[1]) / (1000 if unit else 1)
    return float(match[1]) * (1024 if unit.endswith("i") else 1000) ** (
        1 + _POWERS.index(unit[0].upper())
    )


def _require_amounts(texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        try:
            amount(text)
        except ValueError:
            raise ValueError(
                f"{name} must be an amount above zero such as 500m, 2, 512Mi or 4Gi"
            ) from None


def is_label_value(text: str) -> bool:
    """A label's value as Kubernetes checks it; it may be empty."""
    return text == "" or (len(text) <= LABEL_LIMIT and _LABEL_VALUE.fullmatch(text) is not None)


def is_label_key(text: str) -> bool:
    """A label's key as Kubernetes checks it, with or without a domain before it."""
    domain, slash, name = text.rpartition("/")
    return bool(name) and is_label_value(name) and (not slash or is_dns_subdomain(domain.lower()))


class Operator(StrEnum):
    """How a toleration compares its key."""

    EQUAL = "Equal"
    EXISTS = "Exists"


class Effect(StrEnum):
    """What a taint does."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


@dataclass(frozen=True, kw_only=True)
class Toleration:
    """One taint, or several alike, that a pod puts up with."""

    key: str = ""
    """Key of the taint; if not set, any, which needs `operator: Exists`."""
    operator: Operator = Operator.EQUAL
    """`Equal`: the taint's value must be `value`; `Exists`: it may be any."""
    value: str = ""
    """Value of the taint, for `Equal`."""
    effect: Effect | None = None
    """Effect of the taint; if not set, any."""
    toleration_seconds: int | None = field(default=None, metadata={"ge": 0})
    """For `NoExecute`: how long the pod stays; if not set, for ever."""

    def __post_init__(self) -> None:
        if self.key and not is_label_key(self.key):
            raise ValueError("key must be a taint's key such as example.org/role")
        if not is_label_value(self.value):
            raise ValueError("value must be a taint's value")
        if not self.key and self.operator is Operator.EQUAL:
            raise ValueError("a toleration without a key needs operator Exists")
        if self.value and self.operator is Operator.EXISTS:
            raise ValueError("a toleration with operator Exists has no value")
        if self.toleration_seconds is not None and self.effect is not Effect.NO_EXECUTE:
            raise ValueError("tolerationSeconds needs effect NoExecute")

    def tolerates(self, taint: Mapping[str, Any]) -> bool:
        """Whether a pod with it may be on a node with this taint."""
        if self.effect and self.effect != taint.get("effect"):
            return False
        if not self.key:
            return True
        same = self.operator is Operator.EXISTS or self.value == (taint.get("value") or "")
        return self.key == taint.get("key") and same

    def manifest(self) -> dict[str, Any]:
        """As a pod's specification has it."""
        made: dict[str, Any] = {"operator": self.operator.value}
        optional = {
            "key": self.key,
            "value": self.value,
            "effect": self.effect and self.effect.value,
        }
        made |= {name: value for name, value in optional.items() if value}
        if self.toleration_seconds is not None:
            made["tolerationSeconds"] = self.toleration_seconds
        return made


@dataclass(frozen=True, kw_only=True)
class PodOptions:
    """What a stack may choose of any pod: which nodes may run it, and who may pull its image."""

    tolerations: tuple[Toleration, ...] = ()
    """Taints of nodes that the pods put up with."""
    node_selector: dict[str, str] = field(default_factory=dict)
    """Labels that a node must have to run the pods."""
    image_pull_secrets: tuple[str, ...] = ()
    """Secrets with the registry's credentials, in each namespace where the pods run; the stack does
    not make them."""

    def __post_init__(self) -> None:
        for key, value in self.node_selector.items():
            if not is_label_key(key) or not is_label_value(value):
                raise ValueError("nodeSelector must hold labels of nodes")
        if not all(map(is_dns_subdomain, self.image_pull_secrets)):
            raise ValueError("imagePullSecrets must be names of Secrets")

    def manifest(self) -> dict[str, Any]:
        """The keys that it adds to a pod's specification."""
        keys = {
            "tolerations": [one.manifest() for one in self.tolerations],
            "nodeSelector": dict(self.node_selector),
            "imagePullSecrets": [{"name": name} for name in self.image_pull_secrets],
        }
        return {key: value for key, value in keys.items() if value}


def _require_class(name: str) -> None:
    if name and not is_dns_subdomain(name):
        raise ValueError("priorityClass must be the name of a PriorityClass")


@dataclass(frozen=True, kw_only=True)
class OwnPods(PodOptions):
    """What a stack may choose of the pods that it deploys itself."""

    priority_class: str = ""
    """PriorityClass of pvc-plumber and the mover's controller, made by others; if not set, the
    stack makes `pvc-backup-critical`. `system-cluster-critical` is refused by clusters that keep it
    to `kube-system` with a ResourceQuota, such as GKE."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_class(self.priority_class)


@dataclass(frozen=True, kw_only=True)
class Requests:
    """What the scheduler sets aside for a container."""

    cpu: str = "50m"
    """Processor time, in cores, as text such as `"2"` or `500m`."""
    memory: str = "128Mi"
    """Memory."""

    def __post_init__(self) -> None:
        _require_amounts(asdict(self))


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a container may never exceed."""

    # High: what is slowed down or ended by them is a backup. A ResourceQuota only wants them there.
    cpu: str = "4"
    """Processor time, in cores, as text; beyond it the mover is slowed down. Empty is no limit."""
    memory: str = "4Gi"
    """Memory; beyond it the mover is ended, and the backup or restore tried again. Empty is no
    limit."""

    def __post_init__(self) -> None:
        _require_amounts({name: text for name, text in asdict(self).items() if text})


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Requests and limits of a container."""

    requests: Requests = Requests()
    """What the scheduler sets aside for each mover."""
    limits: Limits = Limits()
    """What a mover may never exceed. A namespace whose ResourceQuota counts limits takes no pod
    without them."""

    def __post_init__(self) -> None:
        requested, limited = asdict(self.requests), asdict(self.limits)
        for name, limit in limited.items():
            if limit and amount(requested[name]) > amount(limit):
                raise ValueError(f"requests.{name} must not be above limits.{name}")

    def manifest(self) -> dict[str, Any]:
        """As a container has it."""
        limits = {name: text for name, text in asdict(self.limits).items() if text}
        return {"requests": asdict(self.requests), **({"limits": limits} if limits else {})}


@dataclass(frozen=True, kw_only=True)
class MoverPods(PodOptions):
    """What a stack may choose of the pods of movers."""

    resources: Resources = Resources()
    """What a mover requests and may use."""
    priority_class: str = ""
    """PriorityClass of the movers, made by others; if not set, the cluster's default."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_class(self.priority_class)

    def manifest(self) -> dict[str, Any]:
        """The keys that it adds to a pod's specification."""
        more = {"priorityClassName": self.priority_class} if self.priority_class else {}
        return {**super().manifest(), **more}

    def takes(self, node: Mapping[str, Any]) -> bool:
        """Whether the scheduler may send a mover to this node, by its taints and labels."""
        labels = node["metadata"].get("labels") or {}
        taints = (node.get("spec") or {}).get("taints") or ()
        tolerated = all(
            any(one.tolerates(taint) for one in self.tolerations)
            for taint in taints
            if taint.get("effect") in KEPT_OFF
        )
        return tolerated and self.node_selector.items() <= labels.items()

    def to_json(self) -> str:
        """All of it in one text, always the same for the same choice."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "MoverPods":
        """What `to_json` wrote. Raises ValueError for anything else, down to a key too many."""
        raw = json.loads(text)
        try:
            kinds: dict[str, Any] = {
                "tolerations": tuple(map(_toleration, raw["tolerations"])),
                "image_pull_secrets": tuple(raw["image_pull_secrets"]),
                "resources": Resources(
                    requests=Requests(**raw["resources"]["requests"]),
                    limits=Limits(**raw["resources"]["limits"]),
                ),
            }
            made = cls(**{**raw, **kinds})
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("misshapen") from error
        if json.loads(made.to_json()) != raw:
            raise ValueError("incomplete")
        return made


def _toleration(raw: dict[str, Any]) -> Toleration:
    kinds: dict[str, Any] = {
        "operator": Operator(raw["operator"]),
        "effect": raw["effect"] and Effect(raw["effect"]),
    }
    return Toleration(**{**raw, **kinds})
