"""Labels and annotations. Source: system.md section 2, the public contract."""

GROUP = "volsync.backup"

BACKUP = "backup"  # its value is a tier of contract.schedule, or:
NO_BACKUP = "none"

# Annotations that a person sets on a PVC.
REASON = f"{GROUP}/reason"
RESTORE_AS_OF = f"{GROUP}/restore-as-of"
START_EMPTY = f"{GROUP}/start-empty"
ACCEPT_LOSS = f"{GROUP}/accept-loss"  # the id of the first snapshot after a great loss of data

# Annotations that the mutating policy records on a PVC when it asks for a restore.
RESTORE_FROM = f"{GROUP}/restore-from"
RESTORE_FROM_TIME = f"{GROUP}/restore-from-time"
# And on every PVC that it has judged: the decision. No proof, since a manifest may carry it.
DECISION = f"{GROUP}/decision"

PVC = f"{GROUP}/pvc"
MANAGED_BY = "app.kubernetes.io/managed-by"
KYVERNO = "kyverno"
PULUMI = "pulumi"
# On all that the program deploys itself, and on the mover's temporaries.
PART_OF = "app.kubernetes.io/part-of"
PROJECT = "pvc-backup"
CREATED_BY = "app.kubernetes.io/created-by"
VOLSYNC = "volsync"
# On a mover's Job: which way the data goes; the repository is mounted read-only for a destination.
ROLE = f"{GROUP}/role"
SOURCE = "source"
DESTINATION = "destination"
CNPG_CLUSTER = "cnpg.io/cluster"

# VolSync's populator sets these on the volume that it fills.
POPULATOR_PVC_FOR = "volsync.backube/populator-pvc-for"
POPULATOR_PREFIX = "vs-prime-"
# The populator's mark on a snapshot it reads (plus the PVC's uid); a person's mark to keep one.
POPULATOR_IN_USE = "volsync.backube/volpop-pvc-"
DO_NOT_DELETE = "volsync.backube/do-not-delete"
# Kubernetes' phase of a PVC that has its volume.
BOUND = "Bound"
# Kubernetes' mark on a PVC that had its volume: without spec.volumeName it is taken for lost.
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
# And on a node that was chosen for it.
SELECTED_NODE = "volume.kubernetes.io/selected-node"
# Kubernetes' mark on a volume that was there before the PVC that it binds to.
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"

# VolSync's switch on a namespace: "false" takes root and all capabilities from its movers.
PRIVILEGED_MOVERS = "volsync.backube/privileged-movers"
