"""Grafana's panels, one class per kind."""
