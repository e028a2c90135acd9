"""The 1Password store. Without it no new PVC gets its Secret; those that exist keep theirs."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Secret

from components import pod
from components._register import READY, register
from contract.scope import VOLSYNC_NAMESPACE
from manifests import external_secrets

TOKEN_SECRET = "onepassword-connect-token"  # noqa: S105 - the Secret's name


@dataclass(frozen=True, kw_only=True)
class StoreOptions:
    """What a stack may choose: its section `secretStore`."""

    install: bool = True
    """`false`: a ClusterSecretStore named `1password` is already there. External Secrets itself
    has to be, or comes by `externalSecrets.install`."""
    connect_host: str = ""
    """Address of 1Password Connect; required for a store that the stack installs."""
    vault: str = ""
    """The vault with the item `rustfs`; required for a store that the stack installs."""

    def __post_init__(self) -> None:
        if self.install and not (self.connect_host and self.vault):
            raise ValueError("connectHost and vault are required unless install is false")


@dataclass(frozen=True, kw_only=True)
class SecretStoreArgs(StoreOptions):
    """Arguments of the store; `token` is None where its Secret is created elsewhere.

    It serves these `namespaces` alone; () is every one.
    """

    namespaces: tuple[str, ...] = ()
    token: pulumi.Input[str] | None


class SecretStore(pulumi.ComponentResource):
    """The Connect token and the ClusterSecretStore, or nothing where it is already there."""

    def __init__(
        self, name: str, args: SecretStoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"install": args.install, "connectHost": args.connect_host, "vault": args.vault}
        super().__init__("pvc-backup:components:SecretStore", name, inputs, opts)
        if args.install:
            self._install(name, args)
        self.register_outputs({})

    def _install(self, name: str, args: SecretStoreArgs) -> None:
        needs: list[pulumi.Resource] = []
        if args.token is not None:
            secret = Secret(
                f"{name}-token",
                metadata=pod.metadata(TOKEN_SECRET),
                string_data={external_secrets.TOKEN_KEY: args.token},
                opts=pulumi.ResourceOptions(parent=self),
            )
            needs.append(secret)
        register(
            f"{name}-store",
            external_secrets.cluster_secret_store(
                connect_host=args.connect_host,
                vault=args.vault,
                token_secret=TOKEN_SECRET,
                token_namespace=VOLSYNC_NAMESPACE,
                namespaces=args.namespaces,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=needs),
            wait_for=READY,
        )
