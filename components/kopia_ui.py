"""Kopia's web UI. Without it backups still run, but nobody can browse them."""

from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.core.v1 import ContainerArgsDict, EnvVarArgsDict, Secret
from pulumi_random import RandomPassword

from components import pod
from components.deployment import Pods, deployment
from components.exposure import SERVICE_PORT, Page, address, expose
from components.network import network_policy, service
from components.site import Site
from contract.repository import KEY_PASSWORD, MOUNT_PATH, SYSTEM_SECRET, NfsExport
from contract.scope import KOPIA_UI, VOLSYNC_NAMESPACE

USER = "kopia"
PORT = 51515  # kopia's own
PASSWORD_LENGTH = 32
REFRESH = "5m"  # kopia's own 4h would hide a morning's backups until noon
PASSWORD_KEY = "password"  # noqa: S105 - the key in the Secret
MEMORY = pod.resources("128Mi", "1Gi")


@dataclass(frozen=True, kw_only=True)
class KopiaUiArgs:
    """Arguments of the web UI; unexposed, it is reached by `kubectl port-forward`.

    `makes_secret` is False where the Secret with its password is made by other hands.
    """

    image: str
    export: NfsExport
    host: str
    page: Page
    makes_secret: bool
    site: Site = field(default_factory=Site)


class KopiaUi(pulumi.ComponentResource):
    """The server on a read-only connection to a read-only mount, behind a password."""

    url: pulumi.Output[str]
    password: pulumi.Output[str]

    def __init__(
        self, name: str, args: KopiaUiArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"enabled": args.page.enabled, "host": args.host}
        super().__init__("pvc-backup:components:KopiaUi", name, inputs, opts)
        where = address(args.host, args.page)
        self.url = pulumi.Output.from_input(where)
        self.password = pulumi.Output.secret("")
        if args.page.enabled:
            self._install(name, args)
        self.register_outputs({"url": self.url, "password": self.password})

    def _install(self, name: str, args: KopiaUiArgs) -> None:
        child = pulumi.ResourceOptions(parent=self)
        needs = [self._secret(name, child)] if args.makes_secret else []
        pods = Pods(
            init_containers=[connect(args.image)],
            containers=[server(args.image)],
            volumes=pod.repository_volumes(args.export, read_only=True),
            options=args.site.pods,
        )
        started = pulumi.ResourceOptions(parent=self, depends_on=needs)
        running = deployment(name, KOPIA_UI, pods, started)
        after = pulumi.ResourceOptions(parent=self, depends_on=[running])
        front = service(f"{name}-service", KOPIA_UI, after, port="http", number=SERVICE_PORT)
        network_policy(
            f"{name}-network-policy",
            KOPIA_UI,
            child,
            port="http",
            namespaces=args.page.from_namespaces,
        )
        last = pulumi.ResourceOptions(parent=self, depends_on=[front])
        expose(name, KOPIA_UI, args.host, args.page, last)

    def _secret(self, name: str, child: pulumi.ResourceOptions) -> Secret:
        generated = RandomPassword(
            f"{name}-password", length=PASSWORD_LENGTH, special=False, opts=child
        )
        self.password = pulumi.Output.secret(generated.result)
        return Secret(
            f"{name}-secret",
            metadata=pod.metadata(KOPIA_UI),
            string_data={PASSWORD_KEY: self.password},
            opts=child,
        )


def connect(image: str) -> ContainerArgsDict:
    """The init container: writes kopia's read-only connection into the pod's own volume."""
    path = ["--path", MOUNT_PATH, "--readonly", "--no-check-for-updates"]
    identity = ["--override-username", KOPIA_UI, "--override-hostname", VOLSYNC_NAMESPACE]
    return _container(
        "connect", image, ["repository", "connect", "filesystem", *path, *identity], []
    )


def server(image: str) -> ContainerArgsDict:
    """The server's container. Plain HTTP: the ingress or gateway ends TLS; nobody else gets in."""
    flags = [
        "--insecure",
        f"--address=http://0.0.0.0:{PORT}",  # to Go that is each address, of IPv6 too
        f"--server-username={USER}",
        f"--ui-preferences-file={pod.STATE_PATH}/ui-preferences.json",
        f"--refresh-interval={REFRESH}",
        "--no-grpc",
        "--no-control-api",
        "--no-check-for-updates",
    ]
    password = pod.secret_environment("KOPIA_SERVER_PASSWORD", KOPIA_UI, PASSWORD_KEY)
    container = _container("kopia", image, ["server", "start", *flags], [password])
    container["ports"] = [{"name": "http", "container_port": PORT, "protocol": "TCP"}]
    container["liveness_probe"] = {"tcp_socket": {"port": "http"}, "period_seconds": 20}
    container["readiness_probe"] = {"tcp_socket": {"port": "http"}, "period_seconds": 5}
    return container


def _container(
    name: str, image: str, command: list[str], more: list[EnvVarArgsDict]
) -> ContainerArgsDict:
    fixed = {
        "HOME": pod.STATE_PATH,
        "KOPIA_CACHE_DIRECTORY": f"{pod.STATE_PATH}/cache",
        "KOPIA_CONFIG_PATH": f"{pod.STATE_PATH}/repository.config",
        "KOPIA_LOG_DIR": f"{pod.STATE_PATH}/logs",
        "KOPIA_PERSIST_CREDENTIALS_ON_CONNECT": "false",
    }
    # Kopia's server takes its repository's password from nowhere but its environment.
    password = pod.secret_environment(KEY_PASSWORD, SYSTEM_SECRET, KEY_PASSWORD)
    return pod.container(
        name,
        image=image,
        command=["kopia", *command],
        env=[*pod.environment(fixed), password, *more],
        memory=MEMORY,
        mounts=pod.repository_mounts(read_only=True),
    )
