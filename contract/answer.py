"""HTTP interface of pvc-plumber, as policies read it. Words are only ever added here."""

from enum import StrEnum

from contract.names import Claim

SERVICE = "pvc-plumber"
SERVICE_PORT = 80
PORT = 8080

LIVEZ = "/livez"
READYZ = "/readyz"
METRICS = "/metrics"
EXISTS = "/exists"
DECISION = "/v1/decision"
OPENAPI = "/openapi.json"

# Parameters of a question; each at most once.
AS_OF = "asOf"
START_EMPTY = "startEmpty"  # the id that the PVC's annotation of that purpose names

# Its own deadline lies below the webhook's, so that people get its reason and not a time-out.
DEADLINE = 7.0  # seconds
WEBHOOK_TIMEOUT = 10  # seconds, as the webhook configurations carry it


class Decision(StrEnum):
    """Whether a PVC must be filled. A reader takes any other word as UNKNOWN, which denies."""

    RESTORE = "restore"
    FRESH = "fresh"
    UNKNOWN = "unknown"


class Status:
    """HTTP status of an answer."""

    KNOWN = 200
    BAD_REQUEST = 400
    UNKNOWN = 503


class Field:
    """JSON keys of an answer. Never `statusCode`: Kyverno merges its own under that name."""

    DECISION = "decision"
    AUTHORITATIVE = "authoritative"
    REASON = "reason"
    EXISTS = "exists"
    NAMESPACE = "namespace"
    PVC = "pvc"
    SNAPSHOT = "snapshot"  # id of the snapshot to restore; "" where there is none
    TIME = "time"  # its time as RFC 3339 UTC; "" where there is none
    SIZE = "size"  # bytes
    FILES = "files"
    REPOSITORY = "repository"  # the repository's unique id; "" where unknown
    AGE = "age"  # seconds since the knowledge was last proven; -1 where there is none
    # What the annotation start-empty must name to create the PVC empty; "" where nothing does.
    START_EMPTY = "startEmpty"


def decision_path(claim: Claim) -> str:
    """The path of the decision for a claim."""
    return f"{DECISION}/{claim.namespace}/{claim.name}"
