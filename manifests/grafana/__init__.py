"""Grafana's panels, one class a kind."""
