"""The pack as Pulumi runs it. Importing this starts a server; everything else lies beside it."""

from policies import ALL
from pulumi_policy import EnforcementLevel, PolicyPack

PolicyPack(name="pvc-backup", enforcement_level=EnforcementLevel.MANDATORY, policies=list(ALL))
