"""Reads an AdmissionReview about a PVC, and writes the response.

Source: Kubernetes, Dynamic Admission Control, `admission.k8s.io/v1`.
"""

from typing import Any

import msgspec
from msgspec import Struct, field

from contract import labels, volsync
from contract.admission import REVIEW, REVIEW_VERSION
from contract.names import Claim, destination_name

CREATE = "CREATE"


class MalformedReview(Exception):
    """A body that is no AdmissionReview about a PVC; nothing of it is quoted."""


class _Wire(Struct, rename="camel", frozen=True, gc=False):
    """Fields as the API server names them."""


class Source(_Wire, frozen=True):
    """A data source: `spec.dataSource` or `spec.dataSourceRef`."""

    kind: str = ""
    name: str = ""
    api_group: str | None = ""
    namespace: str | None = ""


class _Metadata(_Wire, frozen=True):
    name: str = ""
    uid: str = ""
    generate_name: str = ""
    annotations: dict[str, str] | None = None


class _Spec(_Wire, frozen=True):
    data_source: Source | None = None
    data_source_ref: Source | None = None
    volume_name: str = ""


class Pvc(_Wire, frozen=True):
    """What a judgement needs of a PVC."""

    metadata: _Metadata = field(default_factory=_Metadata)
    spec: _Spec = field(default_factory=_Spec)

    def annotation(self, key: str) -> str:
        """The annotation's value; "" where it has none."""
        return (self.metadata.annotations or {}).get(key, "")

    @property
    def sources(self) -> tuple[Source, ...]:
        """The data sources that it names."""
        named = (self.spec.data_source, self.spec.data_source_ref)
        return tuple(source for source in named if source is not None)


class AdmissionRequest(_Wire, frozen=True):
    """A request, as the API server asks about it. `uid` is the review's own."""

    uid: str
    operation: str
    namespace: str
    object: Pvc
    name: str = ""

    @property
    def claim(self) -> Claim:
        """The PVC. Raises ValueError for a name that no PVC has."""
        return Claim(self.namespace, self.object.metadata.name or self.name)

    @property
    def names_its_destination(self) -> bool:
        """Whether each of its data sources, and at least one, is its own destination."""
        destination = destination_name(self.claim)
        return bool(self.object.sources) and all(
            (source.api_group, source.kind, source.name)
            == (volsync.API_GROUP, volsync.DESTINATION, destination)
            and source.namespace in (None, "", self.namespace)
            for source in self.object.sources
        )

    @property
    def recorded(self) -> str:
        """The snapshot that Kyverno's policy recorded; "" where it recorded none."""
        return self.object.annotation(labels.RESTORE_FROM)


class _Review(_Wire, frozen=True):
    request: AdmissionRequest


_DECODER = msgspec.json.Decoder(_Review)


def read(body: bytes) -> AdmissionRequest:
    """The request of an AdmissionReview. Raises MalformedReview."""
    try:
        request = _DECODER.decode(body).request
        _ = request.claim
    except (msgspec.MsgspecError, UnicodeError, ValueError):
        raise MalformedReview("the body is no AdmissionReview about a PVC") from None
    return request


def response(uid: str, denial: str) -> dict[str, Any]:
    """The AdmissionReview that answers; with a denial's text the request is denied."""
    status = {"status": {"code": 403, "reason": "Forbidden", "message": denial}} if denial else {}
    answer = {"uid": uid, "allowed": not denial, **status}
    return {"apiVersion": REVIEW_VERSION, "kind": REVIEW, "response": answer}
