"""The pack as Pulumi runs it. Importing this starts a server; everything else lies beside it."""

import os
import sys

# Pulumi starts the pack in the user's project, whose `contract` or `policies` is none of ours.
sys.path[1:] = [path for path in sys.path[1:] if path != os.getcwd()]

from policies import ALL  # noqa: E402 (found by the path above)
from pulumi_policy import EnforcementLevel, PolicyPack  # noqa: E402 (the same)

PolicyPack(name="pvc-backup", enforcement_level=EnforcementLevel.MANDATORY, policies=list(ALL))
