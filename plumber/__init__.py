"""pvc-plumber: answers whether a PVC must be restored from the repository."""
