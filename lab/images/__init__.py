"""Container images packed from what this machine has: no registry, no docker."""
