"""The pack's policies: the rules over what Pulumi is about to register."""

from collections.abc import Callable, Iterable
from typing import Any

from backup_labels import database_problems, inherited_problems, label_problems
from claims import FoundClaim, claims, field, kind_of
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
RELEASE = "kubernetes:helm.sh/v3:Release"
CNPG = ("postgresql.cnpg.io", "Cluster")

_NAMES: dict[str, Any] = {"type": "array", "items": {"type": "string"}, "default": []}
EXCLUSIONS = PolicyConfigSchema(properties={EXCLUDED: _NAMES})

Rule = Callable[[FoundClaim], Iterable[str]]


def _excluded(args: ResourceValidationArgs) -> tuple[str, ...]:
    return excluded_namespaces(args.get_config().get(EXCLUDED, ()))


def _over_claims(rule: Rule) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for claim in claims(args.resource_type, args.props):
            if claim.namespace not in _excluded(args):
                for problem in rule(claim):
                    report(problem, None)

    return validate


def _inherited(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if (
        args.resource_type.startswith("kubernetes:")
        and kind_of(args.resource_type, args.props) == CNPG
    ):
        labels = field(args.props, "spec", "inheritedMetadata", "labels")
        for problem in inherited_problems(f"CloudNativePG Cluster {args.name}", labels):
            report(problem, None)


def _hidden(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type != RELEASE or args.name in args.get_config().get(KNOWN_CHARTS, ()):
        return
    if field(args.props, "namespace") not in _excluded(args):
        report(
            f"Helm Release {args.name}: the PVCs of its chart cannot be seen from here. Label them "
            f"through its values and name the release in the setting {KNOWN_CHARTS}, or deploy it "
            f"as helm.v4.Chart, whose objects are checked.",
            None,
        )


BACKUP_LABEL = ResourceValidationPolicy(
    name="backup-label",
    description="Every PVC is labelled with how it is backed up, or with why it is not.",
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=EXCLUSIONS,
    validate=_over_claims(label_problems),
)
DATABASE_VOLUME = ResourceValidationPolicy(
    name="database-volume",
    description="Volumes of CloudNativePG are backed up by Barman, never as files.",
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=EXCLUSIONS,
    validate=[_over_claims(database_problems), _inherited],
)
HIDDEN_CLAIM = ResourceValidationPolicy(
    name="hidden-claim",
    description="A Helm Release can hold PVCs that no policy sees.",
    enforcement_level=EnforcementLevel.ADVISORY,
    config_schema=PolicyConfigSchema(properties={EXCLUDED: _NAMES, KNOWN_CHARTS: _NAMES}),
    validate=_hidden,
)
ALL = [BACKUP_LABEL, DATABASE_VOLUME, HIDDEN_CLAIM]
