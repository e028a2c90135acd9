"""Generates what scripts/golden writes: goldens, generated pages and tables."""
