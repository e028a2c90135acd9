"""The few calls that these tests make to an API server."""

import json
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

import httpx2

from lab.polling import REQUEST, wait_until

PLURALS = {
    "DeletingPolicy": "deletingpolicies",
    "GeneratingPolicy": "generatingpolicies",
    "MutatingPolicy": "mutatingpolicies",
    "ClusterPolicy": "clusterpolicies",
    "PriorityClass": "priorityclasses",
    "ValidatingPolicy": "validatingpolicies",
    "ValidatingAdmissionPolicy": "validatingadmissionpolicies",
}
CLUSTER_WIDE = {
    "PersistentVolume",
    "ClusterPolicy",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "ClusterExternalSecret",
    "ClusterPushSecret",
    "ClusterSecretStore",
    "DeletingPolicy",
    "GeneratingPolicy",
    "MutatingPolicy",
    "MutatingWebhookConfiguration",
    "Namespace",
    "PriorityClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingPolicy",
    "ValidatingWebhookConfiguration",
    "VolumeSnapshotContent",
}
T = TypeVar("T")
DEADLINE = 30.0  # seconds that a controller may take


class Refused(Exception):
    """The API server said no; the text is its message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def _message(text: str) -> str:
    try:
        return json.loads(text).get("message", text)
    except ValueError:
        return text


def plural(kind: str) -> str:
    """The resource name of a kind."""
    return PLURALS.get(kind, kind.lower() + "s")


class Api:
    """An API server and a token for it."""

    def __init__(self, url: str, token: str, user: str = "") -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.url, self.token = url, token
        # With all rights: what is tested is admission.
        asks = {"Impersonate-User": user, "Impersonate-Group": "system:masters"} if user else {}
        self._client = httpx2.Client(base_url=url, verify=context, timeout=40, headers=asks)

    def close(self) -> None:
        """End its connections."""
        self._client.close()

    def call(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
        """One request. Raises Refused for every status from 400 on."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        answer = self._client.request(method, path, json=body, headers=headers)
        if answer.status_code >= 400:
            raise Refused(answer.status_code, _message(answer.text))
        return answer.json()

    def is_ready(self) -> bool:
        """Whether all parts of the API server serve. Raises TransportError while it is not up."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return self._client.get("/readyz", headers=headers).status_code == 200

    def path(self, obj: dict[str, Any], name: str = "") -> str:
        """Where objects of this kind and namespace live."""
        version = obj["apiVersion"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if obj["kind"] not in CLUSTER_WIDE:
            root += f"/namespaces/{obj['metadata']['namespace']}"
        return f"{root}/{plural(obj['kind'])}" + (f"/{name}" if name else "")

    def create(self, obj: dict[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
        """POST; the answer is the object as stored, or as it would be."""
        return self.call("POST", self.path(obj) + ("?dryRun=All" if dry_run else ""), obj)

    def get(self, obj: dict[str, Any]) -> dict[str, Any] | None:
        """The live object of that name, or None."""
        try:
            return self.call("GET", self.path(obj, obj["metadata"]["name"]))
        except Refused as refused:
            if refused.code == 404:
                return None
            raise

    def apply(self, obj: dict[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
        """Server-side apply; a field that the server does not know is refused."""
        query = "?fieldManager=test&force=true&fieldValidation=Strict"
        query += "&dryRun=All" if dry_run else ""
        path = self.path(obj, obj["metadata"]["name"]) + query
        return self.call("PATCH", path, obj, "application/apply-patch+yaml")

    def merge(
        self, obj: dict[str, Any], patch: dict[str, Any], sub: str = "", *, dry_run: bool = False
    ) -> dict[str, Any]:
        """Merge patch, of a subresource if one is named."""
        path = self.path(obj, obj["metadata"]["name"]) + (f"/{sub}" if sub else "")
        path += "?dryRun=All" if dry_run else ""
        return self.call("PATCH", path, patch, "application/merge-patch+json")

    def delete(self, obj: dict[str, Any]) -> None:
        """DELETE; an absent object is fine."""
        try:
            self.call("DELETE", self.path(obj, obj["metadata"]["name"]))
        except Refused as refused:
            if refused.code != 404:
                raise


def eventually(ask: Callable[[], T], deadline: float = DEADLINE) -> T:
    """The first true answer; fails when there is none in time."""
    return wait_until("the API server's objects", ask, deadline, REQUEST)
