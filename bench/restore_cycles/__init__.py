"""Backup, deletion and restore of real PVCs, again and again."""
