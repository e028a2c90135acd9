"""pvc-plumber's decision against modelled and real repositories with faults."""
