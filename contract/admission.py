"""pvc-plumber's admission webhook: names and places that its parts share."""

from contract import policies
from contract.answer import SERVICE
from contract.scope import VOLSYNC_NAMESPACE

# Kubernetes' kinds: what is registered, and what is asked then.
API_GROUP = "admissionregistration.k8s.io"
API_VERSION = f"{API_GROUP}/v1"
KIND, RESOURCES = "ValidatingWebhookConfiguration", "validatingwebhookconfigurations"
REVIEW, REVIEW_VERSION = "AdmissionReview", "admission.k8s.io/v1"

CONFIGURATION = policies.BACKUP_RESTORE  # the ValidatingWebhookConfiguration
WEBHOOK = f"{CONFIGURATION}.{SERVICE}.{VOLSYNC_NAMESPACE}"
PATH = "/v1/admission"
SERVICE_NAME = f"{SERVICE}-admission"
HOST = f"{SERVICE_NAME}.{VOLSYNC_NAMESPACE}.svc"  # the name that the API server expects
SERVICE_PORT = 443
PORT = 8443
