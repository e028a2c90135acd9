"""The cluster side of the lab: control plane, storage driver, charts, accounts."""
