"""Watches replication objects and reconciles them one step at a time."""
