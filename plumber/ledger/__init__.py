"""What was ever backed up, kept in ConfigMaps of the cluster."""
