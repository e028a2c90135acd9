"""Measurements of the product, each run by `scripts/bench NAME`."""
