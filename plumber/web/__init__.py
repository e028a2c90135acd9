"""The HTTP side of pvc-plumber."""
