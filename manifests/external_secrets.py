"""ExternalSecret with the repository's three keys, and a ClusterSecretStore for 1Password."""

from collections.abc import Sequence
from typing import Any

from contract import repository as repo
from manifests.cel import Cel

API_VERSION = "external-secrets.io/v1"
GROUP = API_VERSION.split("/")[0]
SECRET = "ExternalSecret"  # noqa: S105 - a kind
STORE = "ClusterSecretStore"
REFRESH = "1h"
TOKEN_KEY = "token"  # noqa: S105 - the key in the Secret with the Connect token


def external_secret(
    metadata: dict[str, Any], *, secret: str | Cel, password: repo.PasswordSource
) -> dict[str, Any]:
    """An ExternalSecret that fills `secret` with the three keys; one of them is `password`.

    mergePolicy is Merge because with Replace a template drops the fetched key.
    """
    remote = {
        "key": password.item,
        **({"property": password.field} if password.field else {}),
        "conversionStrategy": "Default",
        "decodingStrategy": "None",
        "metadataPolicy": "None",
    }
    fixed = {repo.KEY_REPOSITORY: repo.REPOSITORY_URL, repo.KEY_FS_PATH: repo.MOUNT_PATH}
    return {
        "apiVersion": API_VERSION,
        "kind": SECRET,
        "metadata": metadata,
        "spec": {
            "refreshInterval": REFRESH,
            "secretStoreRef": {"kind": STORE, "name": password.store},
            "target": {
                "name": secret,
                "creationPolicy": "Owner",
                "deletionPolicy": "Retain",
                "template": {"engineVersion": "v2", "mergePolicy": "Merge", "data": fixed},
            },
            "data": [{"secretKey": repo.KEY_PASSWORD, "remoteRef": remote}],
        },
    }


def cluster_secret_store(
    name: str,
    *,
    connect_host: str,
    vault: str,
    token_secret: str,
    token_namespace: str,
    namespaces: Sequence[str] = (),
) -> dict[str, Any]:
    """A store of 1Password: a Connect server, one vault, a token in a Secret.

    It serves these `namespaces` alone, or all where none is named.
    """
    token = {"name": token_secret, "namespace": token_namespace, "key": TOKEN_KEY}
    return {
        "apiVersion": API_VERSION,
        "kind": STORE,
        "metadata": {"name": name},
        "spec": {
            **({"conditions": [{"namespaces": list(namespaces)}]} if namespaces else {}),
            "provider": {
                "onepassword": {
                    "connectHost": connect_host,
                    "vaults": {vault: 1},
                    "auth": {"secretRef": {"connectTokenSecretRef": token}},
                }
            },
        },
    }
