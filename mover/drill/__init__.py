"""Restore drills: each PVC's newest backup in turn, restored into a scratch volume and compared."""
