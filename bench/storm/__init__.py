"""Thousands of sources at once on a modelled cluster."""
