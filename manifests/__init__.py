"""Builds Kubernetes objects as plain dicts from parameters. Nothing here imports Pulumi."""
