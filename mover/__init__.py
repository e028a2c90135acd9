"""Kopia on upstream VolSync: the external provider that fills and reads `spec.external`."""
