"""Runs a part of the program, or all of it, and records what it registers. Nothing is deployed."""

import asyncio
import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks
from pulumi.runtime import resource as registration
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.sync_await import _ensure_event_loop

from tests.unit.stack.stacks import ROOT, TOKEN, wire

PROJECT, STACK = "pvc-backup", "test"
# How Pulumi marks a secret on the wire; rpc.py of the SDK holds both.
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
HIDDEN = "(secret)"
# Pulumi keeps to the first loop it meets, while other tests leave the thread without one.
_LOOP = _ensure_event_loop()


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One registration; `inputs` as on the wire, with HIDDEN in place of every secret."""

    urn: str
    typ: str
    name: str
    parent: str
    provider: str
    depends_on: frozenset[str]
    custom: bool
    retained: bool  # `destroy` leaves it
    inputs: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return self.typ.rpartition(":")[2]


class _Answers(mocks.Mocks):
    def call(self, args: mocks.MockCallArgs) -> tuple[dict, list[tuple[str, str]] | None]:
        raise AssertionError(f"{args.token}: the program must not read from a cluster")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict]:
        made = {"result": "made-up-password"} if args.typ.endswith("RandomPassword") else {}
        return f"{args.name}-id", {**args.inputs, **made}


class _Monitor(mocks.MockMonitor):
    def __init__(self) -> None:
        super().__init__(_Answers())
        self.recorded: list[Recorded] = []

    def RegisterResource(self, request: Any) -> Any:
        answer = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self.recorded.append(
                Recorded(
                    urn=answer.urn,
                    typ=request.type,
                    name=request.name,
                    parent=request.parent,
                    provider=request.provider or "".join(request.providers.values()),
                    depends_on=frozenset(request.dependencies),
                    custom=request.custom,
                    retained=request.retainOnDelete,
                    inputs=_hidden(json_format.MessageToDict(request.object)),
                )
            )
        return answer


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            return HIDDEN
        return {key: _hidden(item) for key, item in value.items()}
    return [_hidden(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Recording:
    """Everything that one run registered, and what it exported."""

    resources: tuple[Recorded, ...]
    exports: Mapping[str, Any]

    def one(self, name: str) -> Recorded:
        (recorded,) = [item for item in self.resources if item.name == name]
        return recorded

    def of_kind(self, kind: str) -> list[Recorded]:
        return [item for item in self.resources if item.kind == kind]

    def pods(self) -> dict[str, dict[str, Any]]:
        """Every pod spec, by the name of the resource that makes it."""
        specs = {}
        for item in self.resources:
            spec = item.inputs.get("spec", {})
            if item.kind == "CronJob":
                spec = spec["jobTemplate"]["spec"]
            if item.kind in {"CronJob", "Job", "Deployment"}:
                specs[item.name] = spec["template"]["spec"]
        return specs

    def needs(self, name: str) -> set[str]:
        """Names of all that must exist before a resource, its ancestors' needs included."""
        by_urn = {item.urn: item for item in self.resources}
        seen: set[str] = set()
        todo = [self.one(name).urn]
        while todo:
            item = by_urn.get(todo.pop())
            if item is not None and item.urn not in seen:
                seen.add(item.urn)
                todo += [*item.depends_on, item.parent]
        return {by_urn[urn].name for urn in seen} - {name}


def record(
    build: Callable[[], object],
    config: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Recording:
    """Runs `build` under a fresh engine and hands back all that it registered.

    The lines of code that made each resource are left out: they took a fifth of the time.
    """
    asyncio.set_event_loop(_LOOP)
    with patch.object(registration, "_get_stack_trace", source_pb2.StackTrace):
        return _record(build, config, secrets)


def _record(
    build: Callable[[], object],
    config: Mapping[str, str] | None,
    secrets: Mapping[str, str] | None,
) -> Recording:
    monitor = _Monitor()
    every = {**(config or {}), **(secrets or {})}
    pulumi.runtime.set_all_config(
        {f"{PROJECT}:{key}": value for key, value in every.items()},
        [f"{PROJECT}:{key}" for key in secrets or {}],
    )
    mocks.set_mocks(_Answers(), project=PROJECT, stack=STACK, monitor=monitor)
    exports: dict[str, Any] = {}

    @pulumi.runtime.test
    def run() -> None:
        build()
        root = pulumi.runtime.settings.get_root_resource()
        exports.update(getattr(root, "outputs", {}))

    run()
    return Recording(tuple(monitor.recorded), exports)


def record_program(values: dict[str, Any], secrets: Mapping[str, str] = TOKEN) -> Recording:
    """The whole program with a stack's values."""
    main = str(ROOT / "__main__.py")
    return record(lambda: runpy.run_path(main, run_name="__main__"), wire(values), secrets)
