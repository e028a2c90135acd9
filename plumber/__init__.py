"""pvc-plumber: the one place that knows what is in the repository."""
