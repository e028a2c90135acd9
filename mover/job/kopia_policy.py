"""The kopia policy of an identity: nothing is left out, and nothing expires before its time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract.names import Identity
from contract.repository import COMPRESSION
from kopia.command import Kopia
from mover.job.file_tree import LOST_FOUND

# Kopia applies retention inside `snapshot create`, also where files could not be read, so that a
# defective snapshot would push a good one out. While one is made, nothing may expire.
HOLD = {"latest": 1_000_000}

# Kopia would otherwise skip what a .kopiaignore in the volume names.
NO_IGNORE_FILE = "volsync.backup-ignores-nothing"
NO_LIMIT = 1 << 62  # bytes; zero would inherit a limit from the global policy


@dataclass(frozen=True)
class Rules:
    """What a backup may leave out."""

    privileged: bool
    skips_unreadable: bool = False

    @property
    def left_out(self) -> tuple[str, ...]:
        """Paths: mkfs's folder belongs to root alone, and would fail each backup of others."""
        return () if self.privileged else (LOST_FOUND,)


def policy(keep: Mapping[str, int], rules: Rules) -> dict[str, Any]:
    """A whole policy in kopia's own JSON, so that no global default leaves a file out."""
    ignore = {"ignore": [f"/{path}" for path in rules.left_out]} if rules.left_out else {}
    return {
        "retention": {
            **{f"keep{key.capitalize()}": count for key, count in keep.items()},
            "ignoreIdenticalSnapshots": False,
        },
        "files": {
            **ignore,
            "noParentIgnore": True,
            "ignoreDotFiles": [NO_IGNORE_FILE],
            "noParentDotFiles": True,
            "ignoreCacheDirs": False,
            "maxFileSize": NO_LIMIT,
            "oneFileSystem": False,
        },
        "errorHandling": {
            "ignoreFileErrors": rules.skips_unreadable,
            "ignoreDirectoryErrors": rules.skips_unreadable,
            "ignoreUnknownTypes": True,  # sockets and the like hold no data
        },
        "scheduling": {"manual": True},
        "compression": {"compressorName": COMPRESSION},
    }


def set_policy(client: Kopia, identity: Identity, keep: Mapping[str, int], rules: Rules) -> None:
    """Replaces the identity's policy."""
    file = client.config.with_name("policy.json")
    file.write_text(json.dumps({str(identity): policy(keep, rules)}))
    client.run("policy", "import", f"--from-file={file}")


def expire(client: Kopia, identity: Identity, keep: Mapping[str, int], rules: Rules) -> None:
    """Sets what is to be kept, and removes what is not."""
    set_policy(client, identity, keep, rules)
    client.run("snapshot", "expire", str(identity), "--delete")
