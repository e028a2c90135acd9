"""Names of Kyverno's policies that more than one program knows."""

BACKUP_RESTORE = "volsync-pvc-backup-restore"
RESTORE_GATE = "volsync-restore-gate"
BIND_GATE = "volsync-bind-gate"
API_GROUP = "policies.kyverno.io"
API_VERSION = f"{API_GROUP}/v1"
VALIDATING, MUTATING = "ValidatingPolicy", "MutatingPolicy"
# How the paths of Kyverno's webhooks begin, by kind; the policy's name follows.
WEBHOOK_PATHS = {VALIDATING: "/vpol/", MUTATING: "/mpol/"}
WEBHOOK_PORT = 9443  # of Kyverno's own pods
