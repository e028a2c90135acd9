"""The repository's own file that names it; read without kopia, so no cache can stand before it."""

import base64
import json
from pathlib import Path

from kopia.command import KopiaError

FORMAT_BLOB = "kopia.repository.f"
SIZE_LIMIT = 1 << 20  # bytes; a real one has about one thousand
ID_BYTES = 32


def unique_id(repository: Path) -> str:
    """The repository's unique id as kopia writes it (`uniqueIDHex`). Blocks on dead storage."""
    try:
        with (repository / FORMAT_BLOB).open("rb") as file:
            raw = file.read(SIZE_LIMIT)
    except FileNotFoundError:
        raise KopiaError("there is no repository at the path") from None
    except OSError as error:
        raise KopiaError(f"the repository's path cannot be read: {error.strerror}") from None
    try:
        unique = base64.b64decode(json.loads(raw)["uniqueID"], validate=True)
    except (ValueError, TypeError, KeyError):
        raise KopiaError("the repository's format blob is damaged") from None
    if len(unique) != ID_BYTES:
        raise KopiaError("the repository's format blob is damaged")
    return unique.hex()
