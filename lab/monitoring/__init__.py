"""A real Prometheus and kube-state-metrics, run while alerts are measured."""
