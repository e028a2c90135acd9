"""The program in a mover's Job: one backup or one restore with Kopia."""
