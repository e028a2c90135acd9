"""Beside each Kyverno: ready only while that one judges by each of our policies there is."""
