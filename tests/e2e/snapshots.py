"""Lists a PVC's snapshots with Kopia itself, independently of the mover."""

import json
from typing import Any

from contract import answer, names, repository, scope
from contract.names import Claim
from lab.application import kubectl

SCRIPT = """
import os, subprocess, sys, tempfile
path, password, source = sys.argv[1:]
with tempfile.TemporaryDirectory(dir="/state") as top:
    environment = {**os.environ, "HOME": top, "KOPIA_PASSWORD": open(password).read()}
    def kopia(*words):
        command = ["kopia", f"--config-file={top}/config", f"--log-dir={top}/logs", *words]
        return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout
    kopia("repository", "connect", "filesystem", "--readonly", f"--path={path}",
          f"--cache-directory={top}/cache", "--no-check-for-updates")
    sys.stdout.buffer.write(kopia("snapshot", "list", "--json", "--incomplete",
                               "--show-identical", source))
"""


def snapshots(claim: Claim) -> list[dict[str, Any]]:
    """Every snapshot of a PVC's identity, the oldest first, as `kopia snapshot list` gives it."""
    password = f"{repository.SECRET_MOUNT}/{repository.KEY_PASSWORD}"
    place = ("-n", scope.VOLSYNC_NAMESPACE, "exec", f"deployment/{answer.SERVICE}", "--")
    words = (repository.MOUNT_PATH, password, str(names.identity(claim)))
    return json.loads(kubectl(*place, "python3", "-c", SCRIPT, *words))
