"""Which movers may run now: limits of cluster and node, order, the repository's outages."""
