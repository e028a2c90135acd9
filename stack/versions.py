"""What a stack deploys, pinned: one constant each."""

from components.release import Chart

EXTERNAL_SECRETS = Chart(
    name="external-secrets", repository="https://charts.external-secrets.io/", version="0.16.2"
)
KYVERNO = Chart(name="kyverno", repository="https://kyverno.github.io/kyverno/", version="3.9.1")
VOLSYNC = Chart(
    name="volsync", repository="https://backube.github.io/helm-charts/", version="0.16.0"
)
