"""Stand-in for a cluster that runs the origin design with the VolSync fork, to be moved from.

The fork and its checker cannot be had here. What is real: the API server, Kyverno and its old kinds
of policy, External Secrets, the repository and all that Kopia wrote into it. What is imitated: the
fork's kinds, its controller, which does nothing, and the checker, by its documented HTTP contract.
"""
