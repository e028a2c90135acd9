"""The machine side of the lab: namespaces, network, processes, keys, NFS."""
