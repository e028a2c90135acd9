"""Runs kopia and reads its output, for pvc-plumber, the mover and adopt."""
