"""The pack's policies: its rules, applied to the resources that Pulumi is about to register."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, cast

from backup_labels import (
    database_problems,
    excluded_problems,
    inherited_problems,
    label_problems,
)
from claim_content import source_problems, volume_problems
from claim_lifecycle import SKIP_AWAIT, await_problems, class_problems, protect_problems
from claim_paths import Kind
from claims import FoundClaim, claims, objects
from fields import UNKNOWN, field, walk
from generated_objects import generated_problems
from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from contract.scope import excluded_namespaces

EXCLUDED = "excludedNamespaces"
KNOWN_CHARTS = "knownReleases"
VALUE_PATHS = "valuePaths"
OPERATORS = "operators"
CAPABLE = "snapshotCapable"
RELEASE = "kubernetes:helm.sh/v3:Release"
STACK = "pulumi:pulumi:Stack"
CNPG = ("postgresql.cnpg.io", "Cluster")

_TEXT: dict[str, Any] = {"type": "string"}
_NAMES: dict[str, Any] = {"type": "array", "items": _TEXT, "default": []}
_PATHS: dict[str, Any] = {
    "type": "array",
    "default": [],
    "items": {
        "type": "object",
        "properties": {"group": _TEXT, "kind": _TEXT, "path": _TEXT},
        "required": ["group", "kind", "path"],
        "additionalProperties": False,
    },
}
_VALUES: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {"type": "array", "items": _TEXT},
    "default": {},
}
SCOPE = {EXCLUDED: _NAMES, OPERATORS: _PATHS}

Args = ResourceValidationArgs
Validate = Callable[[Args, ReportViolation], None]


def _excluded(args: Args) -> tuple[str, ...]:
    return excluded_namespaces(args.get_config().get(EXCLUDED, ()))


def _paths(args: Args) -> Mapping[Kind, tuple[str, ...]]:
    paths: dict[Kind, tuple[str, ...]] = {}
    for operator in args.get_config().get(OPERATORS, ()):
        kind = (operator["group"], operator["kind"])
        paths[kind] = (*paths.get(kind, ()), operator["path"])
    return paths


def _claims(args: Args) -> Iterator[FoundClaim]:
    for claim in claims(args.resource_type, args.props, _paths(args)):
        if claim.namespace not in _excluded(args):
            yield claim


def _over_claims(rule: Callable[[Args, FoundClaim], Iterable[str]]) -> Validate:
    def validate(args: Args, report: ReportViolation) -> None:
        for claim in _claims(args):
            for problem in rule(args, claim):
                report(problem, None)

    return validate


def _inherited(args: Args, report: ReportViolation) -> None:
    for obj in objects(args.resource_type, args.props):
        if obj.kind == CNPG and field(obj.props, "metadata", "namespace") not in _excluded(args):
            labels = field(obj.props, "spec", "inheritedMetadata", "labels")
            for problem in inherited_problems(f"CloudNativePG {obj.label}", labels):
                report(problem, None)


def _hidden(args: Args, report: ReportViolation) -> None:
    config = args.get_config()
    if args.resource_type != RELEASE or args.name in config.get(KNOWN_CHARTS, ()):
        return
    if field(args.props, "namespace") in _excluded(args):
        return
    paths = config.get(VALUE_PATHS, {}).get(args.name)
    if paths is None:
        report(
            f"Helm Release {args.name}: the PVCs of its chart cannot be seen from here. Say in the "
            f"setting {VALUE_PATHS} where its values hold their labels, name the release in "
            f"{KNOWN_CHARTS}, or deploy it as helm.v4.Chart, whose objects are checked.",
            None,
        )


def _valued_claims(args: Args) -> Iterator[FoundClaim]:
    """The PVCs of a release, by the labels that its values give them at the configured paths."""
    if args.resource_type != RELEASE:
        return
    for path in args.get_config().get(VALUE_PATHS, {}).get(args.name, ()):
        for labels in list(walk(field(args.props, "values"), path)) or [None]:
            yield FoundClaim(
                label=f"Helm Release {args.name}, values {path}",
                namespace=field(args.props, "namespace"),
                metadata=UNKNOWN if labels is UNKNOWN else {"labels": labels},
                spec=None,
            )


def _labels(args: Args, report: ReportViolation) -> None:
    excluded = _excluded(args)
    stated = claims(args.resource_type, args.props, _paths(args))
    for claim in (*stated, *_valued_claims(args)):
        is_excluded = claim.namespace in excluded
        problems = (
            excluded_problems(claim, claim.namespace) if is_excluded else label_problems(claim)
        )
        for problem in problems:
            report(problem, None)


def _generated(args: Args, report: ReportViolation) -> None:
    for obj in objects(args.resource_type, args.props):
        for problem in generated_problems(obj):
            report(problem, None)


def _skip_await(args: Args) -> Mapping[str, Any] | None:
    """The resource with the annotation added to each PVC that lacks it; None where none does.

    It is changed in place: the inputs track which values are secret or not known yet, and a copy
    would return secrets in clear text.
    """
    lacking = [claim for claim in _claims(args) if any(await_problems(claim))]
    return args.props if any([_annotate(claim.metadata) for claim in lacking]) else None


def _annotate(metadata: Any) -> bool:
    """Adds the annotation. False where the annotations are not known before the update."""
    annotations = metadata.get("annotations")
    if annotations is None:
        metadata["annotations"] = {SKIP_AWAIT: "true"}
    elif isinstance(annotations, Mapping):
        cast("dict[str, Any]", annotations)[SKIP_AWAIT] = "true"
    else:
        return False
    return True


def _setting_problem(key: str, settings: Collection[str]) -> str:
    """The message about a setting that the policy does not have."""
    matches = get_close_matches(key, settings, 1)
    hint = (
        f"{matches[0]} is meant?" if matches else f"It has {', '.join(sorted(settings)) or 'none'}."
    )
    return f"The pack's configuration: {key} is no setting of this policy. {hint}"


def _misspelt(settings: Collection[str]) -> Validate:
    """Reports unknown settings, which Pulumi passes on silently."""

    def validate(args: Args, report: ReportViolation) -> None:
        if args.resource_type != STACK:  # reported once
            return
        for key in sorted(args.get_config().keys() - set(settings)):
            report(_setting_problem(key, settings), None)

    return validate


def _policy(
    name: str,
    description: str,
    *validate: Validate,
    level: EnforcementLevel = EnforcementLevel.MANDATORY,
    settings: Mapping[str, Any] = SCOPE,
    remediate: Callable[[Args], Any] | None = None,
) -> ResourceValidationPolicy:
    return ResourceValidationPolicy(
        name=name,
        description=description,
        enforcement_level=level,
        config_schema=PolicyConfigSchema(properties=dict(settings)),
        validate=[*validate, _misspelt(settings)],
        remediate=remediate,
    )


ADVISORY = EnforcementLevel.ADVISORY

BACKUP_LABEL = _policy(
    "backup-label",
    "Every PVC is labelled with how it is backed up, or with why it is not.",
    _labels,
    settings={**SCOPE, VALUE_PATHS: _VALUES},
)
DATABASE_VOLUME = _policy(
    "database-volume",
    "Volumes of CloudNativePG are backed up by Barman, never as files.",
    _over_claims(lambda _, claim: database_problems(claim)),
    _inherited,
)
STORAGE_CLASS = _policy(
    "storage-class",
    "A PVC with a tier is on a storage class that can take snapshots.",
    _over_claims(lambda args, claim: class_problems(claim, args.get_config().get(CAPABLE, ()))),
    settings={**SCOPE, CAPABLE: _NAMES},
)
DATA_SOURCE = _policy(
    "data-source",
    "A PVC with a tier is filled from its own backup and from nothing else.",
    _over_claims(lambda _, claim: source_problems(claim)),
)
CHOSEN_VOLUME = _policy(
    "chosen-volume",
    "A PVC with a tier can be created again.",
    _over_claims(lambda _, claim: volume_problems(claim)),
    level=ADVISORY,
)
GENERATED_OBJECT = _policy(
    "generated-object",
    "What Kyverno makes of a backup label is in no program.",
    _generated,
    settings={},
)
HIDDEN_CLAIM = _policy(
    "hidden-claim",
    "A Helm Release can hold PVCs that no policy sees.",
    _hidden,
    level=ADVISORY,
    settings={EXCLUDED: _NAMES, KNOWN_CHARTS: _NAMES, VALUE_PATHS: _VALUES},
)
PROTECTED_CLAIM = _policy(
    "protected-claim",
    "Pulumi does not delete a PVC with a tier by mistake.",
    _over_claims(lambda args, claim: protect_problems(claim, is_protected=bool(args.opts.protect))),
    level=ADVISORY,
)
RESTORE_WAIT = _policy(
    "restore-wait",
    "An update does not fail because a restore takes long.",
    _over_claims(lambda _, claim: await_problems(claim)),
    level=ADVISORY,
    remediate=_skip_await,
)
ALL = [
    BACKUP_LABEL,
    DATABASE_VOLUME,
    STORAGE_CLASS,
    DATA_SOURCE,
    CHOSEN_VOLUME,
    GENERATED_OBJECT,
    HIDDEN_CLAIM,
    PROTECTED_CLAIM,
    RESTORE_WAIT,
]
