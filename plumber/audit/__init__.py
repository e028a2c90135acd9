"""The audit: a verdict for every PVC of the cluster, from the repository's truth."""
