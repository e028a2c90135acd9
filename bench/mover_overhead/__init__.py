"""What the mover adds to a plain kopia."""
