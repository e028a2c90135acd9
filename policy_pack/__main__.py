"""Registers the pack with Pulumi. Importing this module starts a server."""

import os
import sys

# Pulumi starts the pack in the user's project, which may have packages of the same names.
sys.path[1:] = [path for path in sys.path[1:] if path != os.getcwd()]

from policies import ALL  # noqa: E402 (found by the path above)
from pulumi_policy import EnforcementLevel, PolicyPack  # noqa: E402 (the same)

PolicyPack(name="pvc-backup", enforcement_level=EnforcementLevel.MANDATORY, policies=list(ALL))
