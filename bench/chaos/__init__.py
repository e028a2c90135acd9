"""Parts break at random moments between backup, loss and restore."""
