"""What plumber and mover both need of kopia: running it, and reading what it says."""
