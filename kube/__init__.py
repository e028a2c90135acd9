"""Talking to the Kubernetes API server: plain dicts in and out."""
