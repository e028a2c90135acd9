"""A report before a migration: how this system would treat an existing repository and cluster."""
