"""What a web server serves, and where."""

from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp


@dataclass(frozen=True, kw_only=True)
class Listener:
    """An application and the port where it is served: by TLS where it has a certificate."""

    app: ASGIApp
    port: int
    certificate: Path | None = None  # PEM, as the key is
    key: Path | None = None
