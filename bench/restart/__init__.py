"""Kyverno dies under full load."""
