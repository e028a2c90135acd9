"""Reads the cluster: fetches objects from the API server and parses them into plain values."""
