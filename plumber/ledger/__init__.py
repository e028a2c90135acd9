"""The ledger of everything ever backed up, stored in ConfigMaps."""
