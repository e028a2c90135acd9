"""The store of 1Password. Without it no new PVC gets its Secret; those that exist keep theirs."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Secret

from components import pod
from components._register import READY, register
from contract.names import is_dns_subdomain
from contract.repository import SECRET_FIELD, SECRET_ITEM, SECRET_STORE, PasswordSource
from contract.scope import VOLSYNC_NAMESPACE
from manifests import external_secrets

TOKEN_SECRET = "onepassword-connect-token"  # noqa: S105 - the Secret's name


@dataclass(frozen=True, kw_only=True)
class StoreOptions:
    """What a stack may choose: its section `secretStore`."""

    install: bool = True
    """`false`: the ClusterSecretStore `name` is already there, of any provider. External Secrets
    itself has to be, or comes by `externalSecrets.install`."""
    name: str = SECRET_STORE
    """Name of the ClusterSecretStore. One of a single namespace cannot serve: the password is
    needed in several."""
    item: str = SECRET_ITEM
    """What the store keeps the repository's password in, as its provider names it: an item, a
    secret, a path."""
    reserved: bool | None = None
    """Whether nobody else may use the store: an ExternalSecret or PushSecret that names it is
    denied, but those of this system. If not set, as `install`: a store that was there has other
    users, who can read and overwrite the repository's password."""
    connect_host: str = ""
    """Address of 1Password Connect; required for a store that the stack installs."""
    vault: str = ""
    """The vault with the item; required for a store that the stack installs."""
    insecure: bool = False
    """For a `connectHost` that begins with `http://`, and required there: `true` says that the
    Connect token and the passwords may go over the network in clear."""
    field: str = SECRET_FIELD
    """The field, key or property of `item` that holds the password; empty where `item` is the
    password and nothing else."""

    def __post_init__(self) -> None:
        if not is_dns_subdomain(self.name):
            raise ValueError("name must be that of a ClusterSecretStore")
        if not self.item or self.item != self.item.strip():
            raise ValueError("item must name what holds the password, without blanks around it")
        if self.field != self.field.strip():
            raise ValueError("field must have no blanks around it; empty, item is the password")
        if self.install and not (self.connect_host and self.vault):
            raise ValueError("connectHost and vault are required unless install is false")
        is_plain = self.connect_host.lower().startswith("http://")
        if self.install and is_plain and not self.insecure:
            raise ValueError(
                "connectHost must begin with https://, or insecure: true lets the token go over"
                " the network in clear"
            )

    @property
    def is_reserved(self) -> bool:
        """Whether nobody else may use the store."""
        return self.install if self.reserved is None else self.reserved

    @property
    def password(self) -> PasswordSource:
        """Where the repository's password is read, by all that need it."""
        return PasswordSource(store=self.name, item=self.item, field=self.field)


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
                args.name,
                connect_host=args.connect_host,
                vault=args.vault,
                token_secret=TOKEN_SECRET,
                token_namespace=VOLSYNC_NAMESPACE,
                namespaces=args.namespaces,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=needs),
            wait_for=READY,
        )
