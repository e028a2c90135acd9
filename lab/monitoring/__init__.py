"""A real Prometheus and kube-state-metrics beside the lab, while somebody wants to see alerts."""
