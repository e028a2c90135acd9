"""The audit over many PVCs."""
