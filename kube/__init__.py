"""Client of the Kubernetes API server: plain dicts in and out."""
