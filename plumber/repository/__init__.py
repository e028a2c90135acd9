"""Reads the Kopia repository and keeps the newest listing."""
