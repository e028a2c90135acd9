"""A look before the move: what this system would make of a repository and a cluster it joins."""
