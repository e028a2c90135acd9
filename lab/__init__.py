"""A real one-node cluster on this machine, for the demo and the tests; nothing imports it."""
