"""What a label costs at the creation of a PVC."""
