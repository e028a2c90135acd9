"""A few PVCs in trouble of their own beside healthy ones on a modelled cluster."""
